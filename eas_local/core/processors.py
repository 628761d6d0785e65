"""A service that is a processor: from its keys to what has to be loaded, and to the one container that does it.

A processor is the user's own, or one of the platform's, named by its code. What its addresses stand for on this machine is
left to those who fetch from there.
"""

import json
import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import Any

from eas_local.core import built_in, sources
from eas_local.core.containers import environment, image
from eas_local.core.findings import Findings
from eas_local.core.images import PROCESSORS
from eas_local.core.processor import CONFIG, HOST, PORT, READY_PORT, Language, Processor
from eas_local.core.service import Check, CheckKind, Container, Initialized
from eas_local.core.shape import DocumentShape

_CLASS = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*")


@dataclass(frozen=True, slots=True)
class Hosted:
    processor: Processor
    container: Container


def is_processor(shape: DocumentShape) -> bool:
    """# Parity: where a file has containers as well, these are deployed (JSON deployment; our choice)."""
    return not shape.containers and any(map(str.strip, (shape.processor, shape.model_path, *_own(shape))))


def hosted(shape: DocumentShape, findings: Findings) -> Hosted | None:
    """None where nothing is known that could be loaded: the findings say why, or the ledger refuses it."""
    chosen = image("data_image", shape.data_image, findings)
    variables = environment("processor_envs", shape.processor_envs, findings)
    processor = _processor(shape, findings)
    if processor is None:
        return None
    return Hosted(processor, _container(processor, chosen, dict(variables)))


def _processor(shape: DocumentShape, findings: Findings) -> Processor | None:
    if code := shape.processor.strip():
        return _built_in(code, shape, findings)
    if not any(map(str.strip, _own(shape))):
        findings.problem(
            "processor",
            "is missing beside model_path; give the code of a built-in one, or processor_type, processor_path and "
            "processor_entry of your own",
        )
        return None
    return _custom(shape, findings)


def _built_in(code: str, shape: DocumentShape, findings: Findings) -> Processor | None:
    """None yet: the ledger refuses those that the platform has."""
    if shape.processor_path.strip():
        findings.problem(
            "processor",
            f'"{code}" is a built-in processor, and processor_path brings one of your own; keep one of them',
        )
    elif not built_in.is_known(code):
        findings.problem("processor", _about_code(code))
    return None


def _about_code(code: str) -> str:
    meant = ", or ".join(f'"{near}"' for near in built_in.nearest(code))
    advice = (
        f"write {meant}" if meant else "one of your own is given by processor_type, processor_path and processor_entry"
    )
    return f'there is no built-in processor "{code}"; {advice}'


def _own(shape: DocumentShape) -> tuple[str, ...]:
    """The keys that speak of a processor of the user's own."""
    return (shape.processor_path, shape.processor_type, shape.processor_entry, shape.processor_mainclass)


def _custom(shape: DocumentShape, findings: Findings) -> Processor | None:
    language = _language(shape, findings)
    entry = _entry(language, shape, findings) if language else ""
    package = _address("processor_path", shape.processor_path, findings)
    if not shape.processor_path.strip():
        findings.problem("processor_path", "is missing; it is where the processor's code lies, a folder or an archive")
    model = _address("model_path", shape.model_path, findings)
    model_entry = _model_entry(shape, findings)
    warm_up = _address("warm_up_data_path", shape.warm_up_data_path, findings)
    options = _jvm_options(language, shape.processor_jvm_options, findings)
    if language is None or package is None:
        return None
    return Processor(
        language=language,
        entry=entry,
        package=package,
        model=model,
        model_entry=model_entry,
        model_config=_text(shape.model_settings),
        warm_up=warm_up,
        jvm_options=options,
        worker_threads=shape.metadata.rpc.worker_threads,
    )


def _language(shape: DocumentShape, findings: Findings) -> Language | None:
    if not shape.processor_type:
        findings.problem("processor_type", f"is missing; it is the processor's language: {', '.join(Language)}")
        return None
    return Language(shape.processor_type)


def _address(where: str, text: str, findings: Findings) -> str | None:
    return findings.attempt(where, sources.canonical, text) if text.strip() else None


def _entry(language: Language, shape: DocumentShape, findings: Findings) -> str:
    if language is Language.JAVA:
        _warn_idle("processor_entry", shape.processor_entry, language, findings)
        return _main_class(shape.processor_mainclass.strip(), findings)
    _warn_idle("processor_mainclass", shape.processor_mainclass, language, findings)
    return _file(language, shape.processor_entry, findings)


def _main_class(name: str, findings: Findings) -> str:
    # Parity: required where the type is java (JSON deployment).
    if not name:
        findings.problem("processor_mainclass", "is missing; it is the class to load, for example com.example.Echo")
    elif not _CLASS.fullmatch(name):
        findings.problem("processor_mainclass", f'must be a class such as com.example.Echo, not "{name}"')
    return name


def _file(language: Language, text: str, findings: Findings) -> str:
    # Parity: required where the type is cpp or python; "./app.py" in the vendor's template (JSON deployment).
    entry = findings.attempt("processor_entry", _inside, text, "the package")
    if entry == "":
        example = "libprocessor.so" if language is Language.CPP else "app.py"
        findings.problem("processor_entry", f"is missing; it is the file to load, for example {example}")
    return entry or ""


def _model_entry(shape: DocumentShape, findings: Findings) -> str:
    entry = findings.attempt("model_entry", _inside, shape.model_entry, "the model")
    if entry and not shape.model_path.strip():
        findings.warn("model_entry", "has no effect without model_path")
    return entry or ""


def _inside(text: str, root: str) -> str:
    """A relative path in its shortest form, empty for the root itself."""
    path = posixpath.normpath(text.strip())
    if path.startswith(("/", "../")) or path == "..":
        raise ValueError(f'must be a path inside {root}, not "{text}"')
    return "" if path == "." else path


def _text(config: Any) -> str:
    """# Parity: any text, and objects in the wild (eas-semantics 1.1)."""
    if config is None or isinstance(config, str):
        return config or ""
    return json.dumps(config, ensure_ascii=False)


def _jvm_options(language: Language | None, text: str, findings: Findings) -> tuple[str, ...]:
    options = findings.attempt("processor_jvm_options", _split, text) or ()
    if language in {None, Language.JAVA}:
        return options
    _warn_idle("processor_jvm_options", text, language, findings)
    return ()


def _split(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {str(error).lower()}") from None


def _warn_idle(where: str, text: str, language: Language, findings: Findings) -> None:
    if text.strip():
        findings.warn(where, f"has no effect on a {language} processor")


def _container(processor: Processor, chosen: str, variables: dict[str, str]) -> Container:
    return Container(
        # Parity: the platform calls the user's container worker0 (OpenAPI, service diagnosis).
        name="worker0",
        image=chosen or PROCESSORS[processor.language],
        argv=("/bin/sh", f"{HOST}/start.sh", processor.language.value),
        env=tuple((_told(processor) | variables).items()),
        port=PORT,
        checks=(Check(CheckKind.READINESS, Initialized(READY_PORT), failure_threshold=1),),
    )


def _told(processor: Processor) -> dict[str, str]:
    """What the host reads of its environment, but for what a running one need not be told (`render`)."""
    told = {
        "SERVICE_CONFIG": CONFIG,
        "EAS_HOST_PORT": str(PORT),
        "EAS_HOST_READY_PORT": str(READY_PORT),
        "EAS_HOST_ENTRY": processor.entry,
    }
    if processor.worker_threads:
        told["EAS_HOST_WORKER_THREADS"] = str(processor.worker_threads)
    if processor.jvm_options:
        told["EAS_HOST_JVM_OPTIONS"] = shlex.join(processor.jvm_options)
    return told
