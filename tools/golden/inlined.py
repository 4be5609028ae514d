"""Makes src/onnx/testdata/inlined.golden.json: models with functions of their own, and the graphs that onnx's inliner makes of them.

    pip install onnx
    python tools/golden/inlined.py

A graph is written as lines in which values are numbered in the order in which they appear, so that only structure counts: names are each
inliner's own affair. Made with onnx 1.23.2.
"""

import base64
import json
import pathlib

import numpy as np
import onnx
from onnx import helper, inliner, numpy_helper, parser

OUT = pathlib.Path(__file__).parents[2] / "src/onnx/testdata/inlined.golden.json"

HEAD = '<ir_version: 10, opset_import: ["" : 18, "local" : 1]>\n'
FUNCTION = '<opset_import: ["" : 18, "local" : 1], domain: "local">\n'

CASES = {
    "functions in functions, called again and again": HEAD + """
net (float[1,6,2] x) => (float[1,6,2] y)
<float[2,2] w0 = {0.5, -1, 2, 0.25}, float[2,2] w1 = {1.5, 0.75, -0.5, 1}> {
  a = local.block (x, w0)
  b = local.block (a, w1)
  y = Neg (b)
}
""" + FUNCTION + """
block (x, w) => (r) {
  h = local.mix (x, w)
  t = Tanh (h)
  r = Add (x, t)
}
""" + FUNCTION + """
mix (x, w) => (h) {
  p = MatMul (x, w)
  h = local.half (p)
}
""" + FUNCTION + """
half (v) => (h) {
  c = Constant <value_float = 0.5> ()
  h = Mul (v, c)
}
""",
    "names that are taken": HEAD + """
net (float[1,4] x) => (float[1,4] y) {
  t = Exp (x)
  y_t = Neg (t)
  y = local.twice (y_t)
}
""" + FUNCTION + """
twice (x) => (y) {
  t = Add (x, x)
  y_t = Neg (t)
  y = Neg (y_t)
}
""",
    "attributes given, left to their default, and left out": HEAD + """
net (float[1,4] x) => (float[1,4] y) {
  a = local.lean <alpha = 0.3, axis = 1> (x)
  b = local.lean <axis = 0> (a)
  y = local.outer <slope = 0.7> (b)
}
""" + FUNCTION + """
lean <axis, alpha: float = 0.2> (x) => (y) {
  l = LeakyRelu <alpha: float = @alpha> (x)
  y = Softmax <axis: int = @axis> (l)
}
""" + FUNCTION + """
outer <slope, axis> (x) => (y) {
  l = local.lean <alpha: float = @slope, axis: int = @axis> (x)
  y = Identity (l)
}
""",
    "inputs and outputs left out": HEAD + """
net (float[1,4] x, float high) => (float[1,4] y, float[1,4] z) {
  y = local.bound (x, , high)
  z, s = local.bound (y)
}
""" + FUNCTION + """
bound (x, low, high) => (y, sum) {
  y = Clip (x, low, high)
  sum = ReduceSum (y)
}
""",
    "calls in bodies, and bodies in functions": HEAD + """
net (float[1,4] x, bool which) => (float[1,4] y) {
  a = Exp (x)
  b = If (which) <
    then_branch = g1 () => (float[1,4] t) { t = local.choose (a, which) },
    else_branch = g2 () => (float[1,4] e) { n = Neg (a) e = local.choose (n, which) }
  >
  y = local.choose (b, which)
}
""" + FUNCTION + """
choose (x, c) => (r) {
  s = Tanh (x)
  i = If (c) <
    then_branch = g1 () => (float[1,4] t) { t = local.plus (s, x) },
    else_branch = g2 () => (float[1,4] t) { u = Neg (s) t = Mul (u, x) }
  >
  r = Neg (i)
}
""" + FUNCTION + """
plus (a, b) => (c) {
  c = Add (a, b)
}
""",
}


def older():
    """A function of opset 13 in a model of opset 18: Add has not changed since, ReduceSum neither."""
    model = parser.parse_model(CASES["names that are taken"])
    for entry in model.functions[0].opset_import:
        if entry.domain == "":
            entry.version = 13
    return model


def with_defaults(model):
    """Calls that say the defaults they leave out: onnx's inliner drops these, though the standard has them (ONNX Runtime heeds it)."""
    said = onnx.ModelProto()
    said.CopyFrom(model)
    functions = {(f.domain, f.name): f for f in said.functions}
    for nodes in [said.graph.node, *(f.node for f in said.functions)]:
        for node in nodes:
            for default in getattr(functions.get((node.domain, node.op_type)), "attribute_proto", []):
                if all(a.name != default.name for a in node.attribute):
                    node.attribute.append(default)
    return said


def tensor(t):
    values = numpy_helper.to_array(t)
    return f"{values.dtype}{list(values.shape)}:{[float(v) for v in np.ravel(values)]}".replace(" ", "")


def attribute(a, numbers):
    value = helper.get_attribute_value(a)
    if a.type == onnx.AttributeProto.GRAPH:
        return f"{a.name}={{{';'.join(lines(value, numbers))}}}"
    if a.type == onnx.AttributeProto.TENSOR:
        return f"{a.name}={tensor(value)}"
    if a.type == onnx.AttributeProto.FLOAT:
        return f"{a.name}=f{np.float32(value):.6g}"
    if a.type == onnx.AttributeProto.INT:
        return f"{a.name}=i{value}"
    raise ValueError(a.type)


def lines(graph, outer=None):
    numbers = dict(outer or {})

    def number(name):
        return "-" if name == "" else str(numbers.setdefault(name, len(numbers)))

    def row(names):
        names = list(names)
        while names and names[-1] == "":
            names.pop()
        return ",".join(number(n) for n in names)

    for value in [*graph.input, *graph.initializer]:
        number(value.name)
    found = []
    for node in graph.node:
        inputs = row(node.input)
        attributes = " ".join(sorted(attribute(a, numbers) for a in node.attribute))
        # An output that nobody takes may have a name or none.
        found.append(f"{node.op_type}({inputs})[{attributes}]>{','.join(number(n) for n in node.output)}")
    found.append("gives " + row(v.name for v in graph.output))
    return found


def main():
    models = {name: parser.parse_model(text) for name, text in CASES.items()}
    cases = []
    for name, model in models.items():
        onnx.checker.check_model(model)
        inlined = inliner.inline_local_functions(with_defaults(model))
        assert len(inlined.functions) == 0, name
        cases.append(dict(name=name, onnx=base64.b64encode(model.SerializeToString()).decode(), lines=lines(inlined.graph)))
    model = older()
    inlined = inliner.inline_local_functions(model, True)
    cases.append(
        dict(
            name="a function of an older opset that means the same",
            onnx=base64.b64encode(model.SerializeToString()).decode(),
            lines=lines(inlined.graph),
        )
    )
    OUT.write_text(json.dumps(dict(onnx=onnx.__version__, cases=cases), indent=1) + "\n")


if __name__ == "__main__":
    main()
