"""Errors that are found before the library is asked, with the `code` that it would give them."""

from __future__ import annotations

from . import _kizuna


def invalid_argument(sentence: str) -> ValueError:
    error = ValueError(sentence)
    error.code = "invalid_argument"  # type: ignore[attr-defined]
    return error


def cancelled(sentence: str) -> _kizuna.Cancelled:
    error = _kizuna.Cancelled(sentence)
    error.code = "cancelled"
    return error
