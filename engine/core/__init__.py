"""The contract that every concept is written against."""

from engine.core.address import load
from engine.core.concept import Check, Concept, Curve, Layer, concept
from engine.core.data import Takes
from engine.core.faults import BadInput, Failed, LoupeError, Overtaken, Unavailable
from engine.core.frame import Array, Named, Shared, arrays, freeze, metrics
from engine.core.params import (
    Expression,
    Expression2,
    IsExpression,
    IsPath,
    IsText,
    Live,
    Parameter,
    Range,
    Seed,
    Text,
    View,
    When,
    build,
    plain,
    run_key,
    schema,
)
from engine.core.run import Run, Stepper, iterate
from engine.core.structured import Among, Columns, Size
from engine.core.typed import parse_set
from engine.core.values import Flags, Graph, Image, Layers, Mask, Matrix, Model, Points, Source, Table

__all__ = [
    "Among", "Array", "BadInput", "Check", "Columns", "Concept", "Curve", "Expression", "Expression2", "Failed", "Flags",
    "Graph", "Image", "IsExpression", "IsPath", "IsText", "Layer", "Layers", "Live", "LoupeError", "Mask", "Matrix", "Model",
    "Named", "Overtaken", "Parameter", "Points", "Range", "Run", "Seed", "Shared", "Size", "Source", "Stepper", "Table",
    "Takes", "Text", "Unavailable", "View", "When", "arrays", "build", "concept", "freeze", "iterate", "load", "metrics",
    "parse_set", "plain", "run_key", "schema",
]
