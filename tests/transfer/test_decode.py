"""Bytes become text: UTF-8, what Excel writes, and a clear word on anything else."""

import pytest

from saas.engine.transfer.decode import PIECE, decode
from saas.kit.errors import BadInput


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_usual_encodings_are_recognised(encoding: str) -> None:
    text = "名称,城市\n北京天和汽车有限公司,北京\n"
    assert decode(text.encode(encoding)) == text


def test_western_bytes_are_not_taken_for_chinese() -> None:
    with pytest.raises(BadInput) as caught:
        decode("name\nA\nMüller Söhne\n".encode("cp1252"))
    assert str(caught.value) == (
        "The file is neither UTF-8 nor GB 18030: byte 0xfc in line 3. "
        "Save it as CSV UTF-8, or name its encoding in the mapping, such as `encoding: cp1252`."
    )


def test_a_named_encoding_is_taken_at_its_word() -> None:
    assert decode("Müller".encode("cp1252"), "cp1252") == "Müller"
    with pytest.raises(BadInput, match=r"The file is no utf-8: byte 0xfc in line 1\."):
        decode("Müller".encode("cp1252"), "utf-8")


def test_an_unknown_encoding_is_refused_with_the_usual_ones() -> None:
    with pytest.raises(BadInput, match=r"There is no encoding 'utf-99'\. Usual ones are utf-8, gb18030"):
        decode(b"a", "utf-99")


def test_a_codec_that_makes_no_text_is_no_encoding() -> None:
    with pytest.raises(BadInput, match="There is no encoding 'base64'"):
        decode(b"YQ==", "base64")


def test_a_large_file_is_read_piece_by_piece() -> None:
    lines = "名称,城市\n" * PIECE
    assert decode(lines.encode("gb18030")) == lines
    with pytest.raises(BadInput, match=rf"byte 0xff in line {PIECE + 1:d}\."):
        decode(lines.encode() + b"\xff")


def test_a_nul_is_refused_with_its_line() -> None:
    with pytest.raises(BadInput, match="Line 3 holds a NUL byte: this is no CSV file"):
        decode(b"a,b\n1,2\nx\0,y\n")
