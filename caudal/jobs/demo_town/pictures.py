"""Photos of the town's meters, drawn: a dial in a box in the ground, with the register that was read."""

from decimal import Decimal
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from caudal.common.actor import Actor
from caudal.jobs.demo_town.residents import House
from caudal.metering.photos import picture_of
from caudal.workflows.readings import attach_photo

WIDTH, HEIGHT = 960, 640
MIDDLE: Final = (480, 330)
EARTH, CONCRETE, BRASS, FACE, INK = "#5b4a3a", "#8d8a84", "#b08a3e", "#f2f1ea", "#20242a"
WHEEL, GAP = 74, 8


def photograph(house: House, *, reading_id: int, register: Decimal, by: Actor) -> None:
    """Add to a reading the photo that goes with it."""
    drawn = meter_photo(serial=house.serial, register=register, digits=house.digits)
    attach_photo(reading_id=reading_id, picture=picture_of(drawn), by=by)


def meter_photo(*, serial: str, register: Decimal, digits: int) -> bytes:
    """A JPEG of a meter that shows a register on as many wheels as it has."""
    image = Image.new("RGB", (WIDTH, HEIGHT), EARTH)
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 30, 900, 620), fill=CONCRETE)
    draw.rectangle((0, 290, WIDTH, 370), fill="#6f7880")
    image = image.filter(ImageFilter.GaussianBlur(5))
    draw = ImageDraw.Draw(image)
    x, y = MIDDLE
    draw.ellipse((x - 285, y - 285, x + 285, y + 285), fill=BRASS)
    draw.ellipse((x - 255, y - 255, x + 255, y + 255), fill=FACE, outline=INK, width=4)
    _wheels(draw, f"{int(register):0{digits}d}", x, y - 60)
    draw.text((x, y + 40), "m", INK, ImageFont.load_default(40), anchor="mm")
    draw.text((x + 24, y + 28), "3", INK, ImageFont.load_default(22), anchor="mm")
    draw.ellipse((x - 40, y + 70, x + 40, y + 150), outline="#b3261e", width=5)
    draw.line((x, y + 110, x + 22, y + 84), "#b3261e", 5)
    draw.text((x, y + 190), serial, INK, ImageFont.load_default(34), anchor="mm")
    out = BytesIO()
    image.rotate(-2, Image.Resampling.BICUBIC, fillcolor=EARTH).save(out, "JPEG", quality=85)
    return out.getvalue()


def _wheels(draw: ImageDraw.ImageDraw, figures: str, x: int, y: int) -> None:
    """The figures on black wheels, side by side around the middle."""
    left = x - (len(figures) * (WHEEL + GAP) - GAP) // 2
    font = ImageFont.load_default(72)
    for place, figure in enumerate(figures):
        start = left + place * (WHEEL + GAP)
        draw.rectangle((start, y - 55, start + WHEEL, y + 55), fill=INK, outline="#c9c7bd", width=3)
        draw.text((start + WHEEL // 2, y), figure, "#f7f7f2", font, anchor="mm")
