"""Machine code of lane functions: compiled by LLVM for this processor, and loaded to be called by address."""

from collections.abc import Iterable, Mapping
from functools import cache

from llvmlite import binding, ir
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from leydig.engine.kernel.simd import LANES, LaneFunction, emit_function

__all__ = ["compile_functions", "load_functions", "processor"]

_SPEED = 3  # most of LLVM's optimizations


def processor() -> tuple[str, str, str]:
    """Return what machine code is compiled for, as Numba has it: system, processor, its features."""
    triple, name, features = cpu_target.target_context.codegen().magic_tuple()
    return triple, name, features


@cache
def _target() -> binding.TargetMachine:
    triple, name, features = processor()
    return binding.Target.from_triple(triple).create_target_machine(
        cpu=name, features=features, opt=_SPEED, codemodel="jitdefault", jit=True
    )


@cache
def _engine() -> binding.ExecutionEngine:
    return binding.create_mcjit_compiler(binding.parse_assembly(""), _target())


def compile_functions(functions: Mapping[str, LaneFunction], lanes: int = LANES) -> bytes:
    """Return the machine code of lane functions.

    Parameters
    ----------
    functions : mapping of str to callable
        By names that no other loaded function has.
    lanes : int, optional
        How many lanes their rows have.
    """
    module = ir.Module("lanes")
    with global_compiler_lock:
        module.triple, module.data_layout = processor()[0], str(_target().target_data)
        for name, function in functions.items():
            emit_function(module, name, function, lanes)
        assembly = binding.parse_assembly(str(module))
        builder = binding.create_pass_builder(_target(), binding.create_pipeline_tuning_options(_SPEED))
        builder.getModulePassManager().run(assembly, builder)
        code: bytes = _target().emit_object(assembly)
    return code


def load_functions(code: bytes, names: Iterable[str]) -> list[int]:
    """Return the addresses of lane functions that were compiled under these names.

    Raises
    ------
    ValueError
        When it is not their machine code.
    """
    with global_compiler_lock:
        _engine().add_object_file(binding.ObjectFileRef.from_data(code))
        _engine().finalize_object()
        addresses = [_engine().get_function_address(name) for name in names]
    if not all(addresses):
        raise ValueError("got machine code without some function; expected all of them. Compile it again.")
    return addresses
