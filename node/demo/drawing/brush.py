"""A small paint box over Pillow: smooth shapes with soft light and shadow, drawn large and then made small."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Colour = str

FINER = 3  # drawn this many times larger than kept, so that edges are smooth


def rgb(colour: Colour) -> tuple[int, int, int]:
    """#rrggbb as numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour that lies `share` of the way from one to the other."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """Towards a warm dark, never towards plain black."""
    return mix(colour, "#2a1a16", share)


def lighter(colour: Colour, share: float = 0.2) -> Colour:
    """Towards candlelight."""
    return mix(colour, "#fff3dc", share)


def curve(points: Sequence[Point], closed: bool = True, steps: int = 14) -> list[Point]:
    """A soft line through all points (Catmull-Rom)."""
    count = len(points)
    found: list[Point] = []
    for at in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (points[(at + shift) % count] for shift in (-1, 0, 1, 2))
        else:
            a, b = points[max(at - 1, 0)], points[at]
            c, d = points[at + 1], points[min(at + 2, count - 1)]
        for step in range(steps):
            t = step / steps
            found.append(
                (
                    _between(a[0], b[0], c[0], d[0], t),
                    _between(a[1], b[1], c[1], d[1], t),
                )
            )
    if not closed:
        found.append(points[-1])
    return found


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def scatter(count: int, seed: int) -> list[Point]:
    """Evenly spread points in the unit square, the same at every run (additive recurrence)."""
    return [((seed * 0.137 + n * 0.754877666) % 1, (seed * 0.291 + n * 0.569840291) % 1) for n in range(1, count + 1)]


class Canvas:
    """A picture under way. Coordinates are in units of its own, the origin at the top left."""

    def __init__(self, width: int, height: int, units: float, ground: Colour) -> None:
        self.width, self.height = width * FINER, height * FINER
        self.scale = self.width / units
        self.kept = (width, height)
        self.image = Image.new("RGB", (self.width, self.height), ground)
        self.inside: Image.Image | None = None

    def _mask(self, draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
        mask = Image.new("L", (self.width, self.height), 0)
        draw(ImageDraw.Draw(mask))
        if self.inside is not None:
            mask = ImageChops.multiply(mask, self.inside)
        return mask

    def _lay(
        self, mask: Image.Image, fill: Colour, below: Colour | None, shadow: float, alpha: float, soft: float
    ) -> None:
        if soft:
            mask = mask.filter(ImageFilter.GaussianBlur(soft * self.scale))
        if shadow:
            distance = round(shadow * self.scale)
            cast = ImageChops.offset(mask, round(distance * 0.35), distance)
            cast.paste(0, (0, 0, self.width, distance))
            cast = cast.filter(ImageFilter.GaussianBlur(distance)).point(lambda value: int(value * 0.30))
            if self.inside is not None:
                cast = ImageChops.multiply(cast, self.inside)
            self.image.paste(rgb("#2a1610"), (0, 0), cast)
        if alpha < 1:
            mask = mask.point(lambda value: int(value * alpha))
        if below is None:
            self.image.paste(rgb(fill), (0, 0), mask)
            return
        box = mask.getbbox()
        if box is None:
            return
        height = box[3] - box[1]
        ramp = Image.linear_gradient("L").resize((box[2] - box[0], height))
        blend = Image.composite(
            Image.new("RGB", ramp.size, rgb(below)),
            Image.new("RGB", ramp.size, rgb(fill)),
            ramp,
        )
        self.image.paste(blend, box[:2], mask.crop(box))

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def polygon(
        self,
        points: Sequence[Point],
        fill: Colour,
        *,
        below: Colour | None = None,
        shadow: float = 0,
        alpha: float = 1,
        soft: float = 0,
    ) -> None:
        """A shape with straight sides; `below` is the colour it reaches at its foot."""
        mask = self._mask(lambda pen: pen.polygon(self._at(points), fill=255))
        self._lay(mask, fill, below, shadow, alpha, soft)

    def blob(
        self,
        points: Sequence[Point],
        fill: Colour,
        *,
        below: Colour | None = None,
        shadow: float = 0,
        alpha: float = 1,
        soft: float = 0,
    ) -> None:
        """A shape with a soft outline through the points."""
        self.polygon(curve(points), fill, below=below, shadow=shadow, alpha=alpha, soft=soft)

    def ellipse(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        fill: Colour,
        *,
        below: Colour | None = None,
        shadow: float = 0,
        alpha: float = 1,
        soft: float = 0,
    ) -> None:
        """An ellipse around a middle, by its two radii."""
        box = self._at([(x - wide, y - high), (x + wide, y + high)])
        mask = self._mask(lambda pen: pen.ellipse([box[0], box[1]], fill=255))
        self._lay(mask, fill, below, shadow, alpha, soft)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Colour,
        *,
        round_: float = 0,
        below: Colour | None = None,
        shadow: float = 0,
        alpha: float = 1,
        soft: float = 0,
    ) -> None:
        """A rectangle, with rounded corners when asked."""
        corners = self._at([(left, top), (right, bottom)])
        mask = self._mask(
            lambda pen: pen.rounded_rectangle([corners[0], corners[1]], radius=round_ * self.scale, fill=255)
        )
        self._lay(mask, fill, below, shadow, alpha, soft)

    def line(
        self,
        points: Sequence[Point],
        fill: Colour,
        thick: float,
        *,
        bent: bool = True,
        shadow: float = 0,
        alpha: float = 1,
    ) -> None:
        """A stroke with round ends, bent softly through the points unless told otherwise."""
        path = self._at(curve(points, closed=False) if bent and len(points) > 2 else points)
        wide = max(1, round(thick * self.scale))

        def stroke(pen: ImageDraw.ImageDraw) -> None:
            pen.line(path, fill=255, width=wide, joint="curve")
            for x, y in (path[0], path[-1]):
                pen.ellipse([x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2], fill=255)

        self._lay(self._mask(stroke), fill, None, shadow, alpha, 0)

    def ring(self, x: float, y: float, wide: float, high: float, fill: Colour, thick: float) -> None:
        """The outline of an ellipse."""
        box = self._at([(x - wide, y - high), (x + wide, y + high)])
        mask = self._mask(
            lambda pen: pen.ellipse([box[0], box[1]], outline=255, width=max(1, round(thick * self.scale)))
        )
        self._lay(mask, fill, None, 0, 1, 0)

    def within(self, points: Sequence[Point] | None) -> None:
        """Until told None, everything is drawn only inside this outline."""
        self.inside = None
        if points is not None:
            self.inside = self._mask(lambda pen: pen.polygon(self._at(points), fill=255))

    def light(self, strength: float = 0.16) -> None:
        """A lamp at the top left: lighter there, deeper at the far corner."""
        ramp = Image.radial_gradient("L").resize((self.width * 2, self.height * 2))
        ramp = ramp.crop((round(self.width * 0.7), round(self.height * 0.8), round(self.width * 1.7), self.height * 2))
        ramp = ramp.resize((self.width, self.height))
        self.image.paste(rgb("#2a1610"), (0, 0), ramp.point(lambda value: int(max(0, value - 90) * strength)))
        glow = ImageChops.invert(ramp).point(lambda value: int(max(0, value - 120) * strength))
        self.image.paste(rgb("#fff0d0"), (0, 0), glow)

    def closer(self, left: float, top: float, share: float) -> None:
        """Keeps only a part, given as shares of the width and height."""
        corner = (round(left * self.width), round(top * self.height))
        self.image = self.image.crop(
            (*corner, corner[0] + round(self.width * share), corner[1] + round(self.height * share))
        )

    def save(self, path: Path, quality: int = 80, grain: float = 0) -> None:
        """Makes it small and keeps it as WebP."""
        small = self.image.resize(self.kept, Image.Resampling.LANCZOS)
        if grain:
            noise = Image.effect_noise(self.kept, 60).convert("RGB")
            small = Image.blend(small, ImageChops.overlay(small, noise), grain)
        small.save(path, "WEBP", quality=quality, method=6)
