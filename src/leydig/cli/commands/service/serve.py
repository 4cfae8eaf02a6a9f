"""Commands of the service: serve it, look after its database and accounts, work out a decision again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.output import print_json, print_rows, refusals, say

if TYPE_CHECKING:
    from leydig.service.access.accounts import Accounts
    from leydig.service.storage.database import Database

__all__ = ["account", "database", "open_database", "serve"]

database = typer.Typer(help="The database of the service.", no_args_is_help=True)
account = typer.Typer(help="Accounts of the service.", no_args_is_help=True)
app.add_typer(database, name="database")
app.add_typer(account, name="account")

Data = Annotated[Path | None, typer.Option(help="Folder of the database; your folder of data when left out.")]
Address = Annotated[str, typer.Option("--database", help="postgresql://... in place of a file.")]
MasterKey = Annotated[
    Path | None, typer.Option("--master-key", help="A file with the key under which the keys of people are.")
]
Link = Annotated[str, typer.Option("--address", help="Where the service is, for the link.")]
Cluster = Annotated[
    str, typer.Option(help="dask://host:port of a Dask cluster that shares trials and forecasts of many men.")
]
ROLES = "clinician, assistant, read-only, admin; closed for who left."
AT = "http://127.0.0.1:8000"


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Where it listens; this machine alone when left out.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any that is free.", min=0, max=65535)] = 8000,
    name: Annotated[list[str] | None, typer.Option(help="A name under which browsers ask for it.")] = None,
    data: Data = None,
    address: Address = "",
    demo: Annotated[bool, typer.Option("--demo", help="Invented men; nothing is kept.")] = False,
    certificate: Annotated[Path | None, typer.Option(help="For HTTPS, in PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Of the certificate, in PEM.")] = None,
    behind_proxy: Annotated[str, typer.Option(help="Address of the proxy that speaks HTTPS before it.")] = "",
    hooks_secret: Annotated[
        Path | None, typer.Option(help="A file with the secret that calls of CDS Hooks carry.")
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes for long work; 0 where others work on this database.", min=0, max=64)
    ] = 1,
    cluster: Cluster = "",
    scanner: Annotated[
        str, typer.Option(help="A command that looks for malware in every file, such as 'clamdscan --no-summary -'.")
    ] = "",
    systems: Annotated[Path | None, typer.Option(help="A file that names other systems of the clinic.")] = None,
    master_key: MasterKey = None,
    second_factor: Annotated[
        list[str] | None, typer.Option(help="A role whose accounts must have a second factor, such as admin.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
) -> None:
    """Serve a clinic's pages and JSON. Without options it listens on this machine and keeps its data in one file."""
    with refusals():
        from leydig.service.start import ListenAddress, database_of, serve_forever, service_options

        where = ListenAddress(
            host, port, tuple(name or ()), certificate, key, behind_proxy, hooks_secret, workers, systems,
            cluster, scanner,
        )  # fmt: skip
        options = service_options(where, demo, tuple(second_factor or ()))
        with database_of(data, address, demo, master_key) as found:
            for line in serve_forever(found, where, options, open_browser=open_):
                say(line)


@contextmanager
def open_database(data: Path | None, address: str, master_key: Path | None = None) -> "Iterator[Database]":
    """Open a database that is there, in the form of this version."""
    from leydig.service.start import database_of

    with database_of(data, address, master_key=master_key) as found:
        found.upgrade()
        yield found


@database.command()
def upgrade(data: Data = None, address: Address = "") -> None:
    """Bring the tables to the form of this version; they are made where there are none."""
    with refusals(), open_database(data, address) as found:
        say(f"tables of form {found.revision}")


@database.command()
def check(data: Data = None, address: Address = "", master_key: MasterKey = None) -> None:
    """Check tables, links, the audit, and that every body opens. Exit codes: 0 sound, 1 not, 2 wrong call."""
    with refusals():
        from leydig.service.start import database_of
        from leydig.service.storage.backup import check_database

        with database_of(data, address, master_key=master_key) as found:
            faults = check_database(found)
        for one in faults:
            say(one)
        if faults:
            raise typer.Exit(1)
        say("sound: tables, links, audit and every body")


@database.command()
def backup(
    out: Annotated[Path, typer.Option(help="The file to write, .zip; it holds the keys of people.")],
    data: Data = None,
    address: Address = "",
) -> None:
    """Write every row to one file, of one moment, while the service runs."""
    with refusals():
        from leydig.service.storage.backup import write_backup
        from leydig.target import target_file

        target = target_file(out, {".zip": ()})
        with open_database(data, address) as found:
            count = write_backup(found, target)
        say(
            f"written: {target}, {count} rows. Keep it as safe as the database: it holds the keys of people.",
            error=True,
        )


@database.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file of leydig database backup.")],
    data: Data = None,
    address: Address = "",
) -> None:
    """Write the rows of a backup into an empty database, SQLite or PostgreSQL."""
    with refusals():
        from leydig.service.storage.backup import read_backup

        with open_database(data, address) as found:
            say(f"restored: {read_backup(found, file)} rows", error=True)


@database.command("verify-audit")
def verify_audit(data: Data = None, address: Address = "") -> None:
    """Go through the audit from its first row. Exit codes: 0 whole, 1 a row was changed or taken away."""
    with refusals():
        from leydig.service.storage.audit import verify_chain

        with open_database(data, address) as found, found.look() as connection:
            fault = verify_chain(connection)
        if fault is not None:
            say(fault)
            raise typer.Exit(1)
        say("every row of the audit is as it was written")


@database.command("rotate-key")
def rotate_key(
    master_key: Annotated[Path, typer.Option("--master-key", help="A file with the key that holds from now on.")],
    former: Annotated[
        Path | None, typer.Option(help="The file of the one that held; none where there was none.")
    ] = None,
    data: Data = None,
    address: Address = "",
) -> None:
    """Put the keys of people under another master key; end the service before."""
    with refusals():
        from leydig.service.storage.keys import KeyRing
        from leydig.service.storage.sealing import seal_secrets

        with open_database(data, address, master_key) as found:
            say(f"{seal_secrets(found, KeyRing.from_file(former))} keys are under {master_key}")


@contextmanager
def _accounts(data: Path | None, address: str) -> "Iterator[Accounts]":
    from leydig.service.access.accounts import Accounts
    from leydig.service.access.passwords import PasswordCost, Passwords

    with open_database(data, address) as found:
        yield Accounts(found, Passwords(PasswordCost()))


@account.command()
def add(
    name: Annotated[str, typer.Argument(help="Who it is, such as 'Dr Ito'.")],
    role: Annotated[str, typer.Option(help=ROLES)],
    data: Data = None,
    address: Address = "",
    link: Link = AT,
) -> None:
    """Invite somebody: print the link by which the password is set, once, within a day."""
    with refusals(), _accounts(data, address) as accounts:
        _refuse_second(accounts, name)
        say(f"{link}/setup/{accounts.invite(name, role)}")


def _refuse_second(accounts: "Accounts", name: str) -> None:
    from leydig.errors import OutOfRange

    if any(one.name == name for one in accounts.list_accounts()):
        raise OutOfRange(f"got account {name!r}, which is there; expected a new one. See: leydig account reset")


@account.command("role")
def change_role(
    name: Annotated[str, typer.Argument()],
    role: Annotated[str, typer.Argument(help=ROLES)],
    data: Data = None,
    address: Address = "",
) -> None:
    """Give an account another role; its sessions end."""
    with refusals(), _accounts(data, address) as accounts:
        found = accounts.change_role(name, role)
        say(f"{found.name}: {found.role}")


@account.command()
def reset(
    name: Annotated[str, typer.Argument()], data: Data = None, address: Address = "", link: Link = AT
) -> None:  # fmt: skip
    """Print a link by which an account sets another password; its sessions end then."""
    with refusals(), _accounts(data, address) as accounts:
        from leydig.errors import UnknownName

        every = {one.name: one for one in accounts.list_accounts()}
        if name not in every:
            raise UnknownName.among("account", name, every)
        say(f"{link}/setup/{accounts.invite(name, every[name].role)}")


@account.command("remove-factor")
def remove_factor(name: Annotated[str, typer.Argument()], data: Data = None, address: Address = "") -> None:
    """Remove the second factor of an account whose holder lost it; make sure who asks."""
    with refusals(), _accounts(data, address) as accounts:
        from leydig.errors import UnknownName
        from leydig.service.access.factors import SecondFactors

        every = {one.name: one for one in accounts.list_accounts()}
        if name not in every:
            raise UnknownName.among("account", name, every)
        SecondFactors(accounts.database).remove(every[name])
        say(f"{name}: no second factor")


@account.command("list")
def list_accounts(data: Data = None, address: Address = "", as_json: AsJson = False) -> None:
    """Print every account with its role."""
    with refusals(), _accounts(data, address) as accounts:
        rows = [{"account": one.name, "role": str(one.role)} for one in accounts.list_accounts()]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows)


@app.command("replay")
def recompute(
    decision: Annotated[str, typer.Argument(help="Its id, as the person's page and the export say it.")],
    data: Data = None,
    address: Address = "",
    master_key: MasterKey = None,
    as_json: AsJson = False,
) -> None:
    """Work out again what a decision stood on. Exit codes: 0 the same, 1 something moved, 2 no such decision."""
    with refusals():
        from leydig.service.clinic.recompute import recompute_decision

        with open_database(data, address, master_key) as found:
            check_ = recompute_decision(found, decision)
        if as_json:
            print_json(check_.as_json())
        else:
            for line in check_.moved:
                say(line)
            say(f"{' and '.join(check_.parts)}: {len(check_.moved) or 'nothing'} moved")
        if check_.moved:
            raise typer.Exit(1)
