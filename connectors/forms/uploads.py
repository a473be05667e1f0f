"""A text that people have as a file: uploaded, or pasted where that is easier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString

LARGEST_BYTES = 64 * 1024


class TextOrFile(forms.Textarea):
    """A place to paste a text, and a button to pick the file that holds it; the file wins.

    What was entered is never sent back to the page: it may be a secret.
    """

    needs_multipart_form = True

    def __init__(self, accept: str) -> None:
        super().__init__({"rows": 4, "spellcheck": "false", "autocomplete": "off"})
        self.accept = accept

    def value_from_datadict(self, data: Mapping[str, Any], files: Mapping[str, Any], name: str) -> Any:
        """The file, where there is one, else the text."""
        return files.get(_file_name(name)) or data.get(name)

    def id_for_label(self, id_: str) -> str:
        """The button, which most people use."""
        return _file_name(id_)

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Both inputs; the file's has its own name. The text is folded away until somebody wants it."""
        given = dict(attrs or {})
        about = {key: text for key, text in given.items() if key.startswith("aria-")}
        button = {"id": _file_name(str(given.get("id", name))), **about}
        given["aria-label"] = f"Content of the {self.accept} file"
        return format_html(
            '<div class="upload"><input type="file" name="{}" accept="{}"{}>'
            "<details><summary>Or paste its content</summary>{}</details></div>",
            _file_name(name),
            self.accept,
            flatatt(button),
            super().render(name, None, given, renderer),
        )


class TextOrFileField(forms.CharField):
    """The text itself, wherever it came from."""

    def __init__(self, *, accept: str, required: bool) -> None:
        super().__init__(required=required, widget=TextOrFile(accept))

    def to_python(self, value: Any) -> Any:
        """Read an upload as UTF-8."""
        if isinstance(value, UploadedFile):
            if value.size is None or value.size > LARGEST_BYTES:
                raise forms.ValidationError("This file is too large to be the right one.")
            try:
                value = value.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError("This is no text file. Upload the one you downloaded.") from error
        if isinstance(value, str) and len(value) > LARGEST_BYTES:
            raise forms.ValidationError("This text is too long to be the right one.")
        return super().to_python(value)


def _file_name(name: str) -> str:
    return f"{name}-file"
