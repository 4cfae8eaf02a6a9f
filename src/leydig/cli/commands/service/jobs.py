"""Commands of long work: what waits and runs, one job, its end, and a worker of one's own."""

import threading
from typing import Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.service.serve import Address, Cluster, Data, MasterKey, open_database
from leydig.cli.output import print_json, print_rows, refusals, say

__all__ = ["cancel", "jobs", "list_jobs", "show", "work"]

jobs = typer.Typer(
    help="Long work of the service: virtual trials, replays, forecasts, calibrations.", no_args_is_help=True
)
app.add_typer(jobs, name="jobs")

Identity = Annotated[str, typer.Argument(help="Its id, as the page and the list say it.")]


@jobs.command("list")
def list_jobs(data: Data = None, address: Address = "", as_json: AsJson = False) -> None:
    """Print the last jobs, the last one first."""
    with refusals(), open_database(data, address) as found:
        from leydig.service.jobs.queue import JobQueue

        rows = [one.as_json() for one in JobQueue(found).list_jobs()]
    if as_json:
        print_json(rows)
    elif rows:
        print_rows(
            [{key: one[key] for key in ("id", "kind", "state", "stage", "done", "total", "asked_at")} for one in rows]
        )
    else:
        say("no jobs. Next: leydig serve, and its page of trials")


@jobs.command()
def show(identity: Identity, data: Data = None, address: Address = "", as_json: AsJson = False) -> None:
    """Print how far a job is, and what came of it as the page shows it."""
    with refusals(), open_database(data, address) as found:
        from leydig.service.jobs.job import JobKind, JobState
        from leydig.service.jobs.queue import JobQueue

        job = JobQueue(found).find(identity)
        is_done = job.state == JobState.DONE
        if as_json:
            print_json(job.as_json() | {"result": job.result if is_done else None})
            return
        print_rows([job.as_json()])
        if job.state == JobState.FAILED and job.result:
            say(job.result["detail"])
        if is_done and job.kind == JobKind.TRIAL and job.result:
            from leydig.cli.trial_tables import print_trial_tables

            print_trial_tables(job.result)
        elif is_done:
            say(f"Next: leydig page /jobs/{job.id}")


@jobs.command()
def cancel(identity: Identity, data: Data = None, address: Address = "") -> None:
    """End a job."""
    with refusals(), open_database(data, address) as found:
        from leydig.service.jobs.queue import JobQueue
        from leydig.service.storage.act import SYSTEM

        job = JobQueue(found).cancel(identity, SYSTEM)
        say(f"{job.id}: {job.state}")


@jobs.command()
def work(
    data: Data = None,
    address: Address = "",
    master_key: MasterKey = None,
    cluster: Cluster = "",
    once: Annotated[bool, typer.Option("--once", help="End where no job waits.")] = False,
) -> None:
    """Work jobs off until the process is told to end: as many of these, on as many machines, as are wanted."""
    with refusals(), open_database(data, address, master_key) as found:
        from functools import partial

        from leydig.service.jobs.processes import WorkerProcesses, work_of_database
        from leydig.service.jobs.queue import JobQueue
        from leydig.service.jobs.worker import work_forever, worker_name
        from leydig.simulation.cluster import cluster_name

        work_here = partial(work_of_database, cluster=cluster_name(cluster))
        if once:
            work_forever(JobQueue(found), work_here(found), worker_name(), lambda: True)
            return
        workers = WorkerProcesses(found, 1, work_here)  # a process that another one ends and follows
        workers.start()
        try:
            threading.Event().wait()
        finally:
            workers.stop()
