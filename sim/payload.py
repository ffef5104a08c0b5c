"""Packs Python values into the bits of an Amaranth shape and back, for testbenches."""
from amaranth.hdl import Shape
from amaranth.lib import data

__all__ = ["pack", "unpack"]


def pack(shape, value) -> int:
    """Bits of ``value``, as an unsigned integer.

    Struct layouts take a mapping (missing fields are zero), array layouts a sequence, everything
    else an integer; a value that does not fit its shape is a ``ValueError``.
    """
    if isinstance(shape, data.StructLayout):
        unknown = set(value) - {name for name, _ in shape}
        if unknown:
            raise ValueError(f"layout has no field {sorted(unknown)}")
        return sum(pack(shape[name].shape, part) << shape[name].offset
                   for name, part in value.items())
    if isinstance(shape, data.ArrayLayout):
        if len(value) != shape.length:
            raise ValueError(f"array of {shape.length} elements given {len(value)}")
        width = Shape.cast(shape.elem_shape).width
        return sum(pack(shape.elem_shape, part) << i * width for i, part in enumerate(value))
    plain, number = Shape.cast(shape), int(value)
    low = -(1 << plain.width - 1) if plain.signed else 0
    if not low <= number < low + (1 << plain.width):
        raise ValueError(f"{number} does not fit {plain!r}")
    return number & (1 << plain.width) - 1


def unpack(shape, bits: int):
    """Inverse of :func:`pack`: a dictionary, a list or an integer."""
    if isinstance(shape, data.StructLayout):
        return {name: unpack(field.shape, bits >> field.offset) for name, field in shape}
    if isinstance(shape, data.ArrayLayout):
        width = Shape.cast(shape.elem_shape).width
        return [unpack(shape.elem_shape, bits >> i * width) for i in range(shape.length)]
    plain = Shape.cast(shape)
    number = bits & (1 << plain.width) - 1
    return number - (1 << plain.width) if plain.signed and number >> plain.width - 1 else number
