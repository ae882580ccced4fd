"""What whoever starts a demo reads meanwhile: lines, and on a terminal a bar below them."""

import io

from saas.cli.demo_progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def shown(text: str) -> list[str]:
    """The lines as a terminal shows them: what follows a carriage return overwrites what stands there."""
    lines = []
    for line in text.split("\n"):
        signs = ""
        for part in line.split("\r"):
            signs = part + signs[len(part) :]
        lines.append(signs.rstrip())
    return lines


def test_lines_carry_the_seconds_since_the_start() -> None:
    clock, out = Clock(), io.StringIO()
    tell = Progress(out, clock)
    clock.seconds += 12.34
    tell("Ready")
    assert out.getvalue() == "  12.3 s  Ready\n"


def test_a_terminal_shows_how_far_how_fast_and_how_long_still() -> None:
    clock, out = Clock(), Terminal()
    tell = Progress(out, clock)
    bar = tell.bar("customers", 2000)
    clock.seconds += 10
    bar(500, 2500)
    assert shown(out.getvalue()) == [
        "[#######·······················] 500 of 2,000 customers (25 %), 250 records/s, 0:30 left"
    ]
    clock.seconds += 80
    tell("halden: ready")
    bar(500, 2500)
    assert shown(out.getvalue()) == [
        "  90.0 s  halden: ready",
        "[###############···············] 1,000 of 2,000 customers (50 %), 56 records/s, 1:30 left",
    ]
    bar(1000, 5000)
    tell("Ready")
    assert shown(out.getvalue()) == ["  90.0 s  halden: ready", "  90.0 s  Ready", ""]


def test_elsewhere_a_line_comes_every_ten_seconds() -> None:
    clock, out = Clock(), io.StringIO()
    bar = Progress(out, clock).bar("customers", 200_000)
    for _ in range(5):
        clock.seconds += 4
        bar(500, 2500)
    assert out.getvalue() == ("  12.0 s  1,500 of 200,000 customers (0 %), 625 records/s, 26:28 left\n")


def test_a_reader_who_has_gone_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    Progress(Gone())("Ready")
