"""The codes of the platform's own processors: what `processor` may name in a service.json."""

import re
from difflib import get_close_matches

# Parity: the codes of the vendor's pages and of its SDK; "parameter_sever" is its spelling, tensorflow_cpu alone that of
# old files (eas-semantics 6.3).
CODES = (
    "pmml",
    "xgboost",
    "onnx_cu100",
    *(f"tensorflow_cpu_{release}" for release in ("1.12", "1.14", "1.15", "2.3", "2.4", "2.7")),
    *(f"tensorflow_gpu_{release}" for release in ("1.12", "1.14", "1.15", "2.4", "2.7")),
    "tensorflow_cpu",
    "pytorch_cpu_1.6",
    "pytorch_gpu_1.6",
    "caffe_cpu",
    "caffe_gpu",
    "parameter_sever",
    "alink_pai_processor",
    "xnn_cpu",
    "easy_vision_cpu_tf1.12_torch151",
    "easy_vision_gpu_tf1.12_torch151",
    "easytransfer_cpu",
    "easytransfer_gpu",
    "easynlp",
    "easycv",
    "blade_cpu",
    "blade_cuda10.0_beta",
    "mediaflow",
    "triton",
    "easyrec-2.4",
    "easyrec-torch-2.4",
)
# Parity: these two have many releases, and a new one now and then.
_RELEASES = re.compile(r"easyrec(-torch)?-\d+\.\d+")


def is_known(code: str) -> bool:
    return code in CODES or _RELEASES.fullmatch(code) is not None


def nearest(code: str) -> list[str]:
    """Those that somebody may have meant, the nearest first."""
    return get_close_matches(code.lower(), CODES)
