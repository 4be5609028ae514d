"""Gradients of ONNX graphs by PyTorch's autograd in float64: the values of test/golden/gradients.golden.json.

    for r in wesad-ecg2ppg wesad-ppg2ecg isruc-eeg2ecg fog-eeg2emg fog-emg2eeg; do biox bundle synthesize --route $r --out $r; done
    python tools/golden/onnx_gradients.py FOLDER-OF-BUNDLES > test/golden/gradients.golden.json

Each node of upper.onnx is computed by the PyTorch function of the same meaning, and PyTorch differentiates.
"""

import json
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

SEED = {"input": 1, "target": 2}
SAMPLES = 128


def numbers(kind, count):
    """Numbers from -1 to 1 that look random and are the same everywhere: test/gradient-routes.test.ts makes them, too."""
    i = np.arange(count, dtype=np.float64)
    x = np.sin((i + 1) * 12.9898 + SEED[kind]) * 43758.5453
    return (2 * (x - np.floor(x)) - 1).astype(np.float32)


def conv(x, w, b=None, kernel_shape=None, strides=None, pads=None, dilations=None, group=1):
    space = x.dim() - 2
    pads = pads or [0] * (2 * space)
    x = F.pad(x, [p for i in reversed(range(space)) for p in (pads[i], pads[i + space])])
    run = F.conv1d if space == 1 else F.conv2d
    return run(x, w, b, stride=strides or 1, dilation=dilations or 1, groups=group)


def pad(x, pads, value=None):
    n = x.dim()
    p = pads.tolist()
    return F.pad(x, [q for i in reversed(range(n)) for q in (p[i], p[i + n])])


def cut(x, starts, ends, axes):
    for s, e, a in zip(starts.tolist(), ends.tolist(), axes.tolist()):
        x = x[(slice(None),) * a + (slice(s, e),)]
    return x


def reshape(x, shape):
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())])


OPERATORS = {
    "Add": torch.add,
    "Sub": torch.sub,
    "Mul": torch.mul,
    "Div": torch.div,
    "Erf": torch.erf,
    "Relu": torch.relu,
    "MatMul": torch.matmul,
    "Identity": lambda x: x,
    "Gather": lambda x, i, axis=0: x.select(axis, int(i)),
    "Reshape": reshape,
    "Transpose": lambda x, perm: x.permute(perm),
    "Softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "LayerNormalization": lambda x, w, b, axis=-1, epsilon=1e-5: F.layer_norm(x, w.shape, w, b, epsilon),
    "BatchNormalization": lambda x, w, b, m, v, epsilon=1e-5: F.batch_norm(x, m, v, w, b, False, 0, epsilon),
    "Conv": conv,
    "MaxPool": lambda x, kernel_shape, strides: F.max_pool1d(x, kernel_shape, strides),
    "Pad": pad,
    "Slice": cut,
    "Concat": lambda *xs, axis: torch.cat(xs, axis),
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(axes, keepdim=bool(keepdims)),
    "Gemm": lambda a, b, c: a @ b + c,
}


def double(array):
    tensor = torch.from_numpy(np.array(array))
    return tensor.double() if tensor.is_floating_point() else tensor


def gradient(path):
    graph = onnx.load(path).graph
    values = {t.name: double(numpy_helper.to_array(t)) for t in graph.initializer}
    entry = next(i for i in graph.input if i.name not in values)
    shape = [d.dim_value for d in entry.type.tensor_type.shape.dim]
    x = double(numbers("input", int(np.prod(shape))).reshape(shape)).requires_grad_()
    values[entry.name] = x
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type](*(values[i] for i in node.input), **attributes)
    # The last block: before the head, where the half has one.
    head = [n for n in graph.node if n.op_type == "ReduceMean"]
    output = head[-1].input[0] if head else graph.output[0].name
    y = values[output].flatten()
    t = double(numbers("target", y.numel()))
    loss = 1 - (y @ t) / torch.sqrt((y @ y + 1e-12) * (t @ t + 1e-12))
    loss.backward()
    g = x.grad.flatten().numpy()
    return {
        "output": output,
        "loss": float(loss.detach()),
        "norm": float(np.linalg.norm(g)),
        "every": len(g) // SAMPLES,
        "values": [float(f"{v:.9g}") for v in g[:: len(g) // SAMPLES]],
    }


ROUTES = ["wesad-ecg2ppg", "wesad-ppg2ecg", "isruc-eeg2ecg", "fog-eeg2emg", "fog-emg2eeg"]
entries = [f"{json.dumps(name)}: {json.dumps(gradient(f'{sys.argv[1]}/{name}/upper.onnx'))}" for name in ROUTES]
print("{\n" + ",\n".join(entries) + "\n}")
