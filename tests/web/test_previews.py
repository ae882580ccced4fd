"""Pictures are shown small, within bounds, to who sees the file."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from saas.modules.customers.customer import Customer
from tests.web.sending import error, own_store, sent
from tests.world import Person, World, call

PREVIEW = "query ($id: ID!, $side: Int!) { file(id: $id) { previewUrl(side: $side) } }"


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path) -> Iterator[None]:
    """An empty store for each test."""
    with own_store(tmp_path / "files"):
        yield


def picture(size: tuple[int, int], form: str, mode: str = "RGB", **options: Any) -> bytes:
    content = BytesIO()
    Image.new(mode, size).save(content, form, **options)
    return content.getvalue()


def preview(person: Person, id_: str, side: int = 64) -> Any:
    return person.ask(PREVIEW, id=id_, side=side)["file"]["previewUrl"]


@pytest.mark.parametrize(
    ("form", "mode", "size", "kind", "shown"),
    [
        ("PNG", "RGB", (400, 200), "image/jpeg", (64, 32)),
        ("PNG", "RGBA", (30, 20), "image/png", (30, 20)),
        ("JPEG", "RGB", (1000, 3000), "image/jpeg", (21, 64)),
        ("JPEG", "CMYK", (100, 100), "image/jpeg", (64, 64)),
        ("GIF", "P", (200, 100), "image/png", (64, 32)),
        ("WEBP", "RGB", (128, 128), "image/jpeg", (64, 64)),
    ],
)
def test_a_picture_is_shown_small(
    world: World, form: str, mode: str, size: tuple[int, int], kind: str, shown: tuple[int, int]
) -> None:
    file = sent(world.garage.sam, picture(size, form, mode), name=f"a.{form.lower()}", type=f"image/{form.lower()}")
    answer = call("GET", preview(world.garage.sam, file["id"]))
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert Image.open(BytesIO(answer.content)).size == shown
    again = call("GET", preview(world.garage.sam, file["id"]), headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_picture_is_shown_upright_and_without_the_place_where_it_was_taken(world: World) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "a secret place"
    file = sent(world.garage.sam, picture((400, 200), "JPEG", exif=exif), name="a.jpg", type=None)
    answer = call("GET", preview(world.garage.sam, file["id"]))
    assert Image.open(BytesIO(answer.content)).size == (32, 64)
    assert b"secret" not in answer.content


def test_a_picture_that_would_burst_is_not_unpacked(world: World) -> None:
    bomb = picture((20_000, 20_000), "PNG", "1")
    assert len(bomb) < 100_000
    broken = picture((400, 200), "PNG")[:60]
    for content in (bomb, broken):
        file = sent(world.garage.sam, content, name="a.png", type=None)
        answer = call("GET", preview(world.garage.sam, file["id"]))
        assert error(answer) == (404, "NOT_FOUND", "This picture cannot be shown small.")


def test_one_that_comes_into_focus_step_by_step_is_shown_only_up_to_what_memory_bears(world: World) -> None:
    """It is held as a whole while it is unpacked, however small it is wanted: 800 MB for one of 20,000 by 20,000."""
    for side, shown in ((7_000, False), (3_000, True)):
        content = picture((side, side), "JPEG", "L", progressive=True, quality=5)
        file = sent(world.garage.sam, content, name="a.jpg", type=None)
        assert call("GET", preview(world.garage.sam, file["id"])).status_code == (200 if shown else 404)
    file = sent(world.garage.sam, picture((7_000, 7_000), "JPEG", "L", quality=5), name="a.jpg", type=None)
    assert call("GET", preview(world.garage.sam, file["id"])).status_code == 200


def test_only_pictures_are_shown_and_only_to_who_sees_them(world: World) -> None:
    garage = world.garage
    assert preview(garage.sam, sent(garage.sam)["id"]) is None
    customer = garage.make(Customer, owner_id=garage.sam.id)
    file = sent(garage.sam, picture((40, 20), "PNG"), name="a.png", type=None, recordId=str(customer))
    url = preview(garage.sam, file["id"])
    assert error(call("PUT", url, content=b""))[:2] == (404, "NOT_FOUND")
    for side in (15, 1025):
        (told,) = garage.sam.errors(PREVIEW, id=file["id"], side=side)
        assert told["extensions"]["code"] == "BAD_INPUT"
    move = "mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { id } }"
    assert garage.ada.ask(move, id=str(customer), input={"ownerId": str(garage.ada.id)})["customerUpdate"]["id"]
    assert error(call("GET", url))[:2] == (404, "NOT_FOUND")
