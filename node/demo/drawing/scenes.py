"""Still lifes of what people make, sell and lend, and the view from each association's front door."""

from collections.abc import Callable

from node.demo.drawing.brush import Canvas, Colour, Point, curve, darker, lighter, mix, scatter

WINE, BRICK, BRASS, OLIVE, MOSS = "#7d2b3a", "#b3533a", "#c4933a", "#77803f", "#4f6141"
LINEN, INK, SEA, NAVY, TEAL = "#efe4cf", "#383231", "#3f7f93", "#2f4460", "#2f6b6b"
OAK, ASH, WALNUT, CRUST, STEEL, ROSE, SKY, PAPER = (
    "#b07a45",
    "#d9b98a",
    "#6e4630",
    "#b5702f",
    "#9aa3a6",
    "#d79a8b",
    "#a9c6c8",
    "#fbf4e6",
)

SCENES: dict[str, Callable[[Canvas], None]] = {}
WIDE, HIGH = 1200.0, 900.0


def scene(draw: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    """Puts a drawing on the list under its own name."""
    SCENES[draw.__name__] = draw
    return draw


def paint(name: str, width: int = 720) -> Canvas:
    """One still life, four to three."""
    canvas = Canvas(width, width * 3 // 4, WIDE, LINEN)
    SCENES[name](canvas)
    canvas.light(0.2)
    return canvas


# --- what many of them stand on --------------------------------------------------------------------------------


def _room(c: Canvas, wall: Colour, top: Colour, edge: float = 640) -> None:
    c.box(0, 0, WIDE, edge, lighter(wall, 0.15), below=wall)
    c.box(0, edge, WIDE, HIGH, top, below=darker(top, 0.12))
    c.box(0, edge, WIDE, edge + 12, lighter(top, 0.25))


def _boards(c: Canvas, colour: Colour, edge: float = 640) -> None:
    for row in range(3):
        c.line([(0, edge + 70 + row * 84), (WIDE, edge + 66 + row * 84)], darker(colour, 0.14), 4, bent=False)
    for n, (x, y) in enumerate(scatter(14, 5)):
        left, top = x * WIDE, edge + 24 + y * 230
        c.line([(left, top), (left + 90 + n * 6, top + 2)], darker(colour, 0.08), 3)


def _window(c: Canvas, x: float, y: float, wide: float, high: float, sky: Colour = SKY) -> None:
    c.box(x - 14, y - 14, x + wide + 14, y + high + 14, PAPER, round_=8, shadow=6)
    c.box(x, y, x + wide, y + high, lighter(sky, 0.45), below=sky)
    c.ellipse(x + wide * 0.3, y + high * 0.85, wide * 0.24, high * 0.13, lighter(sky, 0.6), alpha=0.7)
    c.box(x + wide / 2 - 7, y, x + wide / 2 + 7, y + high, PAPER)
    c.box(x, y + high / 2 - 7, x + wide, y + high / 2 + 7, PAPER)


def _loaf(c: Canvas, x: float, y: float, wide: float, high: float, crust: Colour = CRUST) -> None:
    c.blob(
        [
            (x - wide, y + high * 0.55),
            (x - wide * 0.92, y - high * 0.3),
            (x - wide * 0.4, y - high),
            (x + wide * 0.4, y - high),
            (x + wide * 0.92, y - high * 0.3),
            (x + wide, y + high * 0.55),
            (x, y + high * 0.8),
        ],
        lighter(crust, 0.22),
        below=darker(crust, 0.18),
        shadow=16,
    )
    for cut in (-0.5, 0.0, 0.5):
        middle = x + wide * cut
        c.line(
            [
                (middle - wide * 0.16, y - high * 0.62),
                (middle + wide * 0.02, y - high * 0.36),
                (middle + wide * 0.1, y + high * 0.02),
            ],
            lighter(crust, 0.68),
            15,
        )
    for fx, fy in scatter(14, round(x)):
        c.ellipse(x + (fx - 0.5) * wide * 1.4, y - high * 0.7 + fy * high * 0.7, 4, 3, PAPER, alpha=0.5)


def _basket(
    c: Canvas, x: float, y: float, wide: float, high: float, colour: Colour = OAK, handle: bool = False
) -> None:
    if handle:
        c.line(
            [
                (x - wide * 0.86, y - high),
                (x - wide * 0.6, y - high * 2.1),
                (x, y - high * 2.5),
                (x + wide * 0.6, y - high * 2.1),
                (x + wide * 0.86, y - high),
            ],
            darker(colour, 0.1),
            26,
            shadow=6,
        )
    outline: list[Point] = [
        (x - wide, y - high),
        (x + wide, y - high),
        (x + wide * 0.8, y + high),
        (x + wide * 0.5, y + high * 1.12),
        (x - wide * 0.5, y + high * 1.12),
        (x - wide * 0.8, y + high),
    ]
    c.polygon(outline, darker(colour, 0.12), below=darker(colour, 0.4), shadow=18)
    c.within(outline)
    rows, columns = 6, 13
    for row in range(rows):
        level = y - high + (row + 0.5) * high * 2.1 / rows
        for column in range(columns):
            at = x - wide + (column + (0.5 if row % 2 else 0)) * wide * 2 / columns
            tint = lighter(colour, 0.18) if (row + column) % 2 else lighter(colour, 0.02)
            c.ellipse(at + wide / columns, level, wide * 0.078, high * 0.14, tint, below=darker(colour, 0.18))
    c.within(None)
    c.line([(x - wide, y - high), (x, y - high + 14), (x + wide, y - high)], lighter(colour, 0.12), 32, shadow=6)
    for step in range(11):
        at = x - wide * 0.94 + step * wide * 0.188
        c.line([(at, y - high - 10), (at + wide * 0.06, y - high + 16)], darker(colour, 0.2), 6)


def _plant(c: Canvas, x: float, y: float, size: float, pot: Colour = BRICK) -> None:
    for n, lean in enumerate((-1.0, -0.55, -0.1, 0.4, 0.9)):
        tip = (x + lean * size * 0.75, y - size * (1.5 - abs(lean) * 0.5))
        c.blob(
            [
                (x, y - size * 0.3),
                (x + lean * size * 0.2 - size * 0.14, y - size * 0.9),
                tip,
                (x + lean * size * 0.55 + size * 0.12, y - size * 0.8),
            ],
            OLIVE if n % 2 else MOSS,
            below=darker(MOSS, 0.2),
        )
    c.polygon(
        [
            (x - size * 0.36, y - size * 0.35),
            (x + size * 0.36, y - size * 0.35),
            (x + size * 0.26, y + size * 0.3),
            (x - size * 0.26, y + size * 0.3),
        ],
        pot,
        below=darker(pot, 0.25),
        shadow=12,
    )
    c.box(x - size * 0.42, y - size * 0.42, x + size * 0.42, y - size * 0.26, lighter(pot, 0.1), round_=8)


def _bottle(c: Canvas, x: float, foot: float, size: float, glass: Colour, label: Colour = PAPER) -> None:
    c.blob(
        [
            (x - size * 0.3, foot),
            (x - size * 0.32, foot - size * 1.1),
            (x - size * 0.24, foot - size * 1.45),
            (x - size * 0.1, foot - size * 1.7),
            (x - size * 0.1, foot - size * 2.15),
            (x + size * 0.1, foot - size * 2.15),
            (x + size * 0.1, foot - size * 1.7),
            (x + size * 0.24, foot - size * 1.45),
            (x + size * 0.32, foot - size * 1.1),
            (x + size * 0.3, foot),
        ],
        glass,
        below=darker(glass, 0.35),
        shadow=14,
    )
    c.box(x - size * 0.315, foot - size * 0.95, x + size * 0.315, foot - size * 0.35, label, round_=6)
    c.ellipse(x, foot - size * 0.66, size * 0.15, size * 0.15, mix(glass, BRASS, 0.5))
    c.line(
        [(x - size * 0.2, foot - size * 1.32), (x - size * 0.23, foot - size * 1.0)], "#ffffff", size * 0.05, alpha=0.4
    )


def _cup(c: Canvas, x: float, foot: float, size: float, colour: Colour, drink: Colour = "#4a2c1c") -> None:
    c.ring(x + size * 0.62, foot - size * 0.42, size * 0.26, size * 0.26, darker(colour, 0.08), size * 0.13)
    c.ellipse(x, foot, size * 0.95, size * 0.16, lighter(colour, 0.25), below=darker(colour, 0.05), shadow=10)
    c.blob(
        [
            (x - size * 0.6, foot - size * 0.8),
            (x - size * 0.52, foot - size * 0.3),
            (x - size * 0.25, foot - size * 0.02),
            (x + size * 0.25, foot - size * 0.02),
            (x + size * 0.52, foot - size * 0.3),
            (x + size * 0.6, foot - size * 0.8),
            (x, foot - size * 0.74),
        ],
        colour,
        below=darker(colour, 0.18),
    )
    c.ellipse(x, foot - size * 0.8, size * 0.61, size * 0.15, lighter(colour, 0.2))
    c.ellipse(x, foot - size * 0.79, size * 0.5, size * 0.11, drink)


def _sheet(c: Canvas, x: float, y: float, wide: float, high: float, lean: float, paper: Colour = PAPER) -> list[Point]:
    corners: list[Point] = [(x, y), (x + wide, y + lean), (x + wide - lean, y + high + lean), (x - lean, y + high)]
    c.polygon(corners, paper, below=darker(paper, 0.05), shadow=10)
    return corners


# --- food and drink --------------------------------------------------------------------------------------------


@scene
def bread(c: Canvas) -> None:
    _room(c, "#d9b48c", ASH)
    _boards(c, ASH)
    c.ellipse(930, 250, 170, 170, lighter("#d9b48c", 0.5))
    _loaf(c, 880, 545, 235, 150, darker(CRUST, 0.12))
    _loaf(c, 420, 575, 300, 175)
    c.blob([(90, 770), (330, 690), (640, 720), (720, 800), (520, 850), (200, 850)], PAPER, below="#e6d9c1", shadow=12)
    for x in (250, 400, 550):
        c.blob(
            [(x - 74, 770), (x - 40, 716), (x + 40, 716), (x + 74, 770), (x, 800)],
            lighter(CRUST, 0.3),
            below=CRUST,
            shadow=8,
        )
        c.line([(x - 34, 746), (x, 732), (x + 34, 746)], lighter(CRUST, 0.7), 9)
    for n in range(5):
        x = 920 + n * 36
        c.line([(x, 830), (x + 20 + n * 4, 700), (x + 36 + n * 10, 610)], BRASS, 6)
        for step in range(5):
            c.ellipse(x + 26 + n * 7 + (step % 2) * 14, 690 - step * 19, 10, 15, lighter(BRASS, 0.25))


@scene
def baskets(c: Canvas) -> None:
    _room(c, "#b9bf9d", WALNUT)
    _boards(c, WALNUT)
    _basket(c, 860, 470, 210, 110, ASH, handle=True)
    for x, y in ((250, 410), (390, 384), (520, 412)):
        _loaf(c, x, y, 96, 58)
    _basket(c, 380, 570, 270, 140, OAK)
    _basket(c, 800, 730, 150, 70, lighter(OAK, 0.2))
    for n in range(7):
        c.line([(1000 + n * 18, 820), (1010 + n * 14, 560), (1040 + n * 18, 330)], mix(OAK, MOSS, n / 9), 8)


@scene
def smokehouse(c: Canvas) -> None:
    _room(c, "#4a4a50", WALNUT)
    _boards(c, WALNUT)
    c.line([(60, 150), (1140, 150)], "#22262a", 22, shadow=10)
    for n, x in enumerate((190, 360, 530, 700)):
        length = 330 + (n % 2) * 30
        c.line([(x, 150), (x, 210)], STEEL, 7)
        c.blob(
            [
                (x, 200),
                (x + 58, 280),
                (x + 46, 200 + length * 0.75),
                (x, 200 + length),
                (x - 46, 200 + length * 0.75),
                (x - 58, 280),
            ],
            "#d9974a",
            below="#8c4b24",
            shadow=14,
        )
        c.polygon([(x, 188 + length), (x + 52, 260 + length), (x, 240 + length), (x - 52, 260 + length)], "#7a4423")
        c.ellipse(x + 22, 262, 9, 9, INK)
        for row in range(4):
            c.line([(x - 30, 310 + row * 48), (x, 322 + row * 48), (x + 30, 310 + row * 48)], "#f0bd72", 5, alpha=0.6)
    for n in range(3):
        c.line(
            [(900 + n * 70, 640), (860 + n * 70, 520), (930 + n * 70, 400), (880 + n * 70, 260)],
            "#e9e2d6",
            34,
            alpha=0.13,
        )
    c.ellipse(960, 780, 190, 54, PAPER, below="#d8ccb4", shadow=12)
    c.blob([(820, 770), (900, 728), (1030, 736), (1100, 776), (1000, 800), (880, 800)], "#e89a6b", below="#c8673f")
    c.ellipse(1050, 744, 46, 30, "#e9d36a")
    c.ellipse(1050, 744, 34, 21, "#f6e9a4")


@scene
def oysters(c: Canvas) -> None:
    _room(c, SKY, STEEL, 600)
    c.polygon([(0, 430), (300, 400), (700, 420), (1200, 390), (1200, 600), (0, 600)], SEA, below=TEAL)
    for x in range(80, 1200, 150):
        c.line([(x, 470), (x + 90, 470)], "#5b4a3c", 9)
        c.line([(x + 10, 470), (x + 10, 540)], "#5b4a3c", 9)
        c.line([(x + 80, 470), (x + 80, 540)], "#5b4a3c", 9)
    c.ellipse(600, 730, 500, 140, "#dfe6e6", below="#a9b6b8", shadow=20)
    c.ellipse(600, 724, 450, 116, "#f4f7f5")
    for x, y in ((330, 720), (520, 670), (720, 672), (890, 726), (430, 790), (620, 760), (790, 800)):
        c.blob(
            [(x - 92, y), (x - 50, y - 46), (x + 40, y - 44), (x + 96, y - 8), (x + 50, y + 36), (x - 50, y + 40)],
            "#7d7b74",
            below="#544f4c",
            shadow=8,
        )
        c.blob(
            [(x - 72, y - 2), (x - 40, y - 34), (x + 34, y - 32), (x + 74, y - 8), (x + 36, y + 22), (x - 40, y + 26)],
            "#ece8df",
            below="#c9d0cd",
        )
        c.ellipse(x - 6, y - 4, 40, 18, "#b7bdb4")
        c.ellipse(x - 14, y - 9, 16, 6, "#f6f4ec")
    c.polygon([(560, 590), (700, 590), (680, 660), (580, 660)], "#f0d862", below="#d6b23c", shadow=8)
    c.ellipse(630, 590, 70, 20, "#f8ecad")


@scene
def coffee(c: Canvas) -> None:
    _room(c, "#9a5a45", OAK)
    _boards(c, OAK)
    c.box(120, 90, 520, 330, lighter("#9a5a45", 0.16), round_=10)
    c.box(640, 210, 930, 700, "#e7d5b3", round_=18, below="#c7ab7d", shadow=20)
    c.polygon([(640, 250), (930, 250), (916, 190), (654, 190)], "#d2ba8d")
    c.box(690, 380, 880, 590, WINE, round_=14)
    c.ellipse(785, 470, 42, 56, "#f0e2c6")
    c.line([(785, 420), (774, 470), (790, 520)], WINE, 9)
    for n in range(3):
        c.line(
            [(330 + n * 60, 520), (310 + n * 60, 460), (350 + n * 60, 400), (330 + n * 60, 330)], PAPER, 16, alpha=0.3
        )
    _cup(c, 390, 745, 190, "#e9eceb")
    for fx, fy in scatter(26, 3):
        x, y = 640 + fx * 500, 740 + fy * 120
        c.ellipse(x, y, 20, 14, "#4a2c1c", below="#2e1b12", shadow=4)
        c.line([(x - 12, y - 2), (x + 12, y + 2)], "#7c5238", 4)


@scene
def wine(c: Canvas) -> None:
    _room(c, "#c9a58d", WALNUT)
    _boards(c, WALNUT)
    c.ellipse(250, 290, 190, 190, lighter("#c9a58d", 0.4))
    _bottle(c, 420, 770, 250, "#3f4f34")
    _bottle(c, 640, 790, 260, WINE)
    _bottle(c, 850, 760, 240, "#c9a64c")
    c.ellipse(1010, 812, 78, 18, "#e3ddd0", shadow=8)
    c.line([(1010, 810), (1010, 640)], "#e9e6dc", 12)
    c.blob([(930, 470), (936, 590), (1010, 660), (1084, 590), (1090, 470)], "#f2ede2", alpha=0.6)
    c.blob([(936, 540), (946, 606), (1010, 652), (1074, 606), (1084, 540)], "#8c2f42", below=WINE)
    for x, y in ((170, 770), (220, 742), (268, 772), (200, 806), (250, 812), (120, 800), (300, 810)):
        c.ellipse(x, y, 34, 34, "#6c4467", below="#43294a", shadow=6)
        c.ellipse(x - 10, y - 12, 8, 6, "#c9a8c4", alpha=0.7)
    c.blob([(160, 700), (230, 660), (290, 706), (230, 730)], OLIVE)


@scene
def icecream(c: Canvas) -> None:
    _room(c, "#e9c3b0", "#efe3d2", 660)
    for x in range(0, 1200, 160):
        c.polygon([(x, 0), (x + 80, 0), (x + 80, 120), (x + 40, 160), (x, 120)], BRICK if x % 320 else TEAL, shadow=8)
        c.polygon([(x + 80, 0), (x + 160, 0), (x + 160, 120), (x + 120, 160), (x + 80, 120)], PAPER, shadow=8)
    for x, scoops in (
        (330, ("#f4e3c0", "#c9d6a4")),
        (600, ("#8b5a3c", "#f2c3bb", "#f7efdc")),
        (870, ("#e8b65e", "#b95a64")),
    ):
        c.polygon([(x - 92, 540), (x + 92, 540), (x, 850)], "#d9a765", below="#b57a3c", shadow=14)
        c.within([(x - 92, 540), (x + 92, 540), (x, 850)])
        for step in range(7):
            c.line([(x - 200 + step * 56, 520), (x - 60 + step * 56, 860)], "#a86f36", 5, bent=False)
            c.line([(x + 200 - step * 56, 520), (x + 60 - step * 56, 860)], "#a86f36", 5, bent=False)
        c.within(None)
        for n, colour in enumerate(scoops):
            y = 496 - n * 118
            c.ellipse(x, y, 112 - n * 8, 100 - n * 6, lighter(colour, 0.18), below=darker(colour, 0.14), shadow=8)
            for bump in range(-2, 3):
                c.ellipse(x + bump * 44, y + 78 - n * 6 - abs(bump) * 14, 30, 24, darker(colour, 0.06))


@scene
def vegetables(c: Canvas) -> None:
    _room(c, "#c7cfa9", OAK)
    for x, tip, tint in ((190, 120, OLIVE), (250, 200, MOSS), (310, 290, OLIVE), (370, 360, MOSS), (430, 450, OLIVE)):
        c.blob(
            [(x, 520), ((x + tip) / 2 - 46, 360), (tip, 220), ((x + tip) / 2 + 50, 350)],
            lighter(tint, 0.1),
            below=darker(tint, 0.1),
            shadow=5,
        )
        c.line([(x, 500), ((x + tip) / 2, 370), (tip, 240)], lighter(tint, 0.4), 5)
    for x in (800, 850, 900, 950):
        c.polygon([(x - 30, 540), (x + 30, 540), (x + (x - 875) * 0.6, 330)], "#d9803a", below="#b3602a", shadow=5)
        for lean in (-26, 0, 26):
            c.line([(x + (x - 875) * 0.55, 345), (x + (x - 875) * 0.7 + lean, 250)], MOSS, 12)
    for left, tint in ((70, ASH), (630, ASH)):
        c.box(left, 520, left + 500, 790, darker(tint, 0.3), shadow=16)
        for x, y, r, colour in (
            (90, 500, 70, BRICK),
            (210, 480, 78, "#d9a23f"),
            (330, 490, 72, BRICK),
            (430, 510, 64, OLIVE),
        ):
            shade = colour if left < 100 else {BRICK: "#664063", "#d9a23f": "#6d8a3c", OLIVE: "#d78a3a"}[colour]
            c.ellipse(left + x, y, r, r, lighter(shade, 0.14), below=darker(shade, 0.24), shadow=8)
            c.line([(left + x, y - r + 10), (left + x + 10, y - r - 22)], MOSS, 12)
            c.ellipse(left + x - r * 0.34, y - r * 0.4, r * 0.2, r * 0.14, "#ffffff", alpha=0.35, soft=4)
        for row in range(3):
            c.box(left, 540 + row * 86, left + 500, 608 + row * 86, tint, below=darker(tint, 0.12), shadow=5)


@scene
def honey(c: Canvas) -> None:
    _room(c, "#e5c98e", OAK)
    _boards(c, OAK)
    for row in range(4):
        for column in range(6):
            x, y = 740 + column * 96 + (48 if row % 2 else 0), 70 + row * 84
            c.polygon(
                [(x, y - 52), (x + 45, y - 26), (x + 45, y + 26), (x, y + 52), (x - 45, y + 26), (x - 45, y - 26)],
                lighter(BRASS, 0.3 if (row + column) % 3 else 0.02),
                alpha=0.8,
            )
    for x, size, tint in ((300, 1.0, "#c97f1f"), (590, 0.8, "#e0a537")):
        wide, top, foot = 150 * size, 790 - 400 * size, 790
        c.box(x - wide, top, x + wide, foot, lighter(tint, 0.2), round_=46 * size, below=darker(tint, 0.12), shadow=18)
        c.box(
            x - wide * 0.86,
            top - 54 * size,
            x + wide * 0.86,
            top + 20 * size,
            PAPER,
            round_=16,
            below="#d9ccb4",
            shadow=6,
        )
        c.box(x - wide * 0.66, foot - 230 * size, x + wide * 0.66, foot - 90 * size, PAPER, round_=10)
        c.ellipse(x, foot - 162 * size, 32 * size, 24 * size, BRASS)
        for stripe in (-10, 8):
            c.line([(x + stripe, foot - 180 * size), (x + stripe, foot - 144 * size)], INK, 8)
        c.line([(x - wide * 0.78, top + 60), (x - wide * 0.78, foot - 70)], "#ffffff", 14, alpha=0.4)
    for x, tall in ((860, 230), (960, 300), (1050, 190)):
        c.box(x - 34, 800 - tall, x + 34, 800, "#ecc876", round_=10, below="#c7943c", shadow=10)
        c.blob([(x, 716 - tall), (x + 16, 764 - tall), (x, 788 - tall), (x - 16, 764 - tall)], "#f6d77c")
        c.ellipse(x, 760 - tall, 66, 66, "#ffe9ac", soft=26, alpha=0.5)


# --- sea -------------------------------------------------------------------------------------------------------


def _sea(c: Canvas, horizon: float, sky: Colour, water: Colour) -> None:
    c.box(0, 0, WIDE, horizon, sky, below=lighter(sky, 0.65))
    c.box(0, horizon, WIDE, HIGH, lighter(water, 0.2), below=darker(water, 0.25))
    for n, (x, y) in enumerate(scatter(26, 2)):
        left, top = x * WIDE, horizon + 20 + y * (HIGH - horizon - 40)
        c.line([(left, top), (left + 30 + (n % 4) * 26, top)], lighter(water, 0.5), 5, alpha=0.5)


@scene
def sailboat(c: Canvas) -> None:
    _sea(c, 540, "#8fb6bd", SEA)
    c.ellipse(930, 260, 86, 86, "#fbe7b8")
    c.blob([(0, 540), (120, 470), (300, 490), (420, 540)], MOSS, alpha=0.8)
    c.line([(590, 120), (590, 640)], WALNUT, 16)
    c.blob([(570, 140), (560, 400), (540, 590), (300, 590), (420, 380)], PAPER, below="#e2d3b7", shadow=10)
    c.blob([(612, 170), (720, 380), (830, 590), (622, 590)], BRICK, below=darker(BRICK, 0.16), shadow=10)
    c.line([(600, 590), (836, 590)], WALNUT, 12)
    c.blob(
        [(260, 640), (600, 662), (930, 626), (850, 750), (620, 778), (350, 756)],
        NAVY,
        below=darker(NAVY, 0.3),
        shadow=16,
    )
    c.line([(268, 646), (600, 670), (924, 634)], LINEN, 15)
    for n in range(4):
        c.line(
            [(220 + n * 190, 792 + n % 2 * 12), (300 + n * 190, 778 + n % 2 * 12), (380 + n * 190, 794)],
            "#e9f2ef",
            11,
            alpha=0.7,
        )


@scene
def dinghy(c: Canvas) -> None:
    _room(c, "#cbb79a", "#c2a27a", 620)
    _window(c, 90, 90, 300, 260)
    for x in (720, 800, 880, 960):
        c.line([(x, 80), (x, 330)], WALNUT, 14)
        c.box(x - 26, 300, x + 26, 400, OAK, round_=16)
    for x in (360, 840):
        c.line([(x - 70, 830), (x, 640), (x + 70, 830)], WALNUT, 22, bent=False, shadow=8)
    c.blob(
        [(120, 430), (420, 486), (760, 490), (1110, 400), (1010, 600), (800, 680), (400, 680), (210, 600)],
        lighter(OAK, 0.12),
        below=darker(OAK, 0.24),
        shadow=20,
    )
    for row in range(3):
        drop = 64 + row * 52
        c.line(
            [
                (150 + row * 28, 450 + drop),
                (420, 486 + drop * 0.94),
                (760, 490 + drop * 0.94),
                (1070 - row * 34, 426 + drop),
            ],
            darker(OAK, 0.3),
            6,
        )
    c.line([(120, 436), (420, 492), (760, 496), (1106, 406)], PAPER, 24)
    c.ellipse(1010, 800, 90, 30, "#a8532f", shadow=8)
    c.box(930, 700, 1090, 800, BRICK, below=darker(BRICK, 0.2), round_=8)
    c.ellipse(1010, 700, 80, 24, lighter(BRICK, 0.4))
    c.line([(1040, 700), (1090, 590)], ASH, 20)


@scene
def ropes(c: Canvas) -> None:
    _room(c, "#b8c4c2", OAK)
    _boards(c, OAK)
    for x, tint, size in ((300, "#e3d2ac", 170), (690, NAVY, 140), (980, BRICK, 110)):
        for ring in range(5):
            c.ring(
                x,
                640 - ring * 4,
                size - ring * size * 0.16,
                (size - ring * size * 0.16) * 0.72,
                darker(tint, 0.1 * (ring % 2)),
                size * 0.15,
            )
    c.line([(620, 90), (620, 330)], STEEL, 26, shadow=8)
    c.line([(520, 150), (720, 150)], STEEL, 24, shadow=8)
    c.ring(620, 66, 38, 38, STEEL, 16)
    c.line([(470, 270), (520, 380), (620, 400), (720, 380), (770, 270)], STEEL, 28, shadow=8)
    for x, side in ((470, -1), (770, 1)):
        c.polygon([(x - 44 * side, 322), (x + 6 * side, 232), (x + 48 * side, 320)], STEEL)


@scene
def harbour_walk(c: Canvas) -> None:
    _sea(c, 520, "#e5b98f", "#5b8c96")
    c.ellipse(880, 360, 110, 110, "#fbe2ac")
    c.polygon([(0, 500), (560, 560), (1200, 820), (1200, 900), (0, 900)], "#b59b80", below="#8d765f")
    for n in range(6):
        c.line([(n * 200, 560 + n * 20), (n * 130 - 60, 900)], "#967e67", 5, bent=False)
    c.box(150, 170, 250, 520, PAPER, below="#ded0b6", shadow=10)
    for top in (220, 330, 440):
        c.box(150, top, 250, top + 50, BRICK)
    c.box(136, 120, 264, 178, INK, round_=8)
    c.ellipse(200, 148, 30, 24, "#ffe7a1")
    c.ellipse(200, 148, 120, 90, "#ffe7a1", soft=34, alpha=0.4)
    for x, height, coat in ((560, 190, WINE), (660, 170, MOSS), (750, 200, NAVY)):
        c.blob(
            [
                (x - 44, 790),
                (x - 40, 790 - height * 0.7),
                (x, 790 - height * 0.8),
                (x + 40, 790 - height * 0.7),
                (x + 44, 790),
            ],
            coat,
            below=darker(coat, 0.2),
            shadow=10,
        )
        head = 770 - height * 0.9
        c.ellipse(x, head, 30, 34, "#d9a27c" if coat != MOSS else "#7a4b33")
        c.blob(
            [
                (x - 34, head + 6),
                (x - 30, head - 30),
                (x, head - 44),
                (x + 30, head - 30),
                (x + 34, head + 6),
                (x, head - 12),
            ],
            BRASS if coat == WINE else INK,
        )
        c.line([(x - 16, 790), (x - 18, 840)], INK, 16)
        c.line([(x + 16, 790), (x + 18, 840)], INK, 16)


# --- the workshop ----------------------------------------------------------------------------------------------


@scene
def table(c: Canvas) -> None:
    _room(c, "#d6c3a5", "#a98a6a", 690)
    _window(c, 110, 90, 280, 300)
    c.line([(840, 0), (840, 150)], INK, 7)
    c.polygon([(770, 220), (910, 220), (876, 140), (804, 140)], TEAL, below=darker(TEAL, 0.2), shadow=8)
    c.ellipse(840, 300, 260, 130, "#ffeec0", soft=50, alpha=0.45)
    for x in (200, 980):
        c.polygon([(x, 560), (x + 54, 560), (x + 40, 850), (x + 8, 850)], OAK, below=darker(OAK, 0.3), shadow=12)
    for x in (300, 890):
        c.polygon([(x, 560), (x + 40, 560), (x + 30, 780), (x + 6, 780)], darker(OAK, 0.25))
    c.polygon([(220, 470), (980, 470), (1110, 556), (90, 556)], lighter(OAK, 0.2), below=OAK, shadow=20)
    c.box(90, 556, 1110, 596, darker(OAK, 0.14), round_=4)
    for n, (across, y) in enumerate(scatter(12, 9)):
        c.line([(230 + across * 640, 482 + y * 64), (300 + across * 640 + n * 8, 482 + y * 64)], darker(OAK, 0.08), 4)
    _cup(c, 420, 530, 66, "#e9eceb")
    _plant(c, 760, 500, 120, "#d8d2c4")


@scene
def chairs(c: Canvas) -> None:
    _room(c, "#b9c4bd", "#bb9a76", 650)
    for x, seat, scale in ((210, BRICK, 0.86), (560, TEAL, 1.0), (900, BRASS, 0.9)):
        wide, foot = 230 * scale, 850
        for leg in (0.06, 0.94):
            c.line([(x + wide * leg, 600), (x + wide * leg + (leg - 0.5) * 40, foot)], WALNUT, 24, bent=False, shadow=8)
        for post in (0.1, 0.9):
            c.line([(x + wide * post, 600), (x + wide * (post + (post - 0.5) * 0.1), 290)], WALNUT, 22, bent=False)
        for rail in (310, 390, 470):
            c.line([(x + wide * 0.08, rail), (x + wide * 0.5, rail - 16), (x + wide * 0.92, rail)], OAK, 34, shadow=5)
        c.box(x - 12, 570, x + wide + 12, 636, seat, round_=30, below=darker(seat, 0.22), shadow=12)


@scene
def tools(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#a9855f", below="#8a6a4a")
    for row in range(6):
        c.line([(0, row * 160 + 40), (WIDE, row * 160 + 46)], "#7d5f42", 5, bent=False)
    c.box(60, 60, 1140, 110, WALNUT, round_=8, shadow=12)
    c.polygon([(140, 260), (520, 200), (560, 330), (180, 330)], "#cfd5d5", below=STEEL, shadow=16)
    for n in range(13):
        c.polygon([(184 + n * 28, 330), (198 + n * 28, 352), (212 + n * 28, 330)], STEEL)
    c.blob([(500, 190), (600, 170), (650, 240), (610, 330), (530, 320), (560, 270), (560, 230)], WALNUT, shadow=12)
    c.line([(760, 170), (760, 560)], ASH, 38, shadow=14)
    c.box(660, 160, 880, 236, "#6a7276", round_=14, below="#464c50", shadow=12)
    for x, tint in ((960, BRICK), (1050, OLIVE)):
        c.polygon(
            [(x - 17, 200), (x + 17, 200), (x + 17, 420), (x, 440), (x - 17, 420)], "#d5dada", below=STEEL, shadow=10
        )
        c.box(x - 25, 420, x + 25, 600, tint, round_=22, below=darker(tint, 0.24), shadow=10)
    c.box(120, 590, 620, 740, lighter(OAK, 0.14), round_=26, below=darker(OAK, 0.2), shadow=18)
    c.blob([(160, 590), (180, 510), (260, 500), (270, 590)], WALNUT)
    c.ellipse(520, 580, 54, 46, WALNUT, below=darker(WALNUT, 0.3))
    c.polygon([(350, 596), (400, 596), (440, 480), (410, 470)], STEEL)
    for x, y in ((700, 740), (780, 790), (880, 730), (960, 800), (640, 810), (1060, 760)):
        c.line([(x - 44, y), (x - 8, y - 30), (x + 30, y + 4), (x + 50, y - 18)], lighter(ASH, 0.25), 15, shadow=5)


@scene
def workshop(c: Canvas) -> None:
    _room(c, "#cfc0a6", "#a3835f", 660)
    _window(c, 90, 90, 420, 330)
    _window(c, 640, 90, 420, 330)
    c.polygon([(100, 420), (510, 420), (700, 900), (120, 900)], "#fff0c4", alpha=0.22, soft=12)
    c.polygon([(650, 420), (1060, 420), (1250, 900), (720, 900)], "#fff0c4", alpha=0.22, soft=12)
    c.box(140, 560, 1060, 620, lighter(OAK, 0.1), below=OAK, round_=8, shadow=18)
    for x in (190, 960):
        c.box(x, 620, x + 54, 850, darker(OAK, 0.2), shadow=8)
    c.box(240, 780, 960, 820, darker(OAK, 0.26))
    c.box(820, 480, 960, 560, "#5f7f86", round_=8, below="#425c62", shadow=8)
    c.box(850, 430, 930, 490, "#7f9aa0", round_=6)
    for n, tint in enumerate((BRICK, BRASS, TEAL)):
        c.box(230 + n * 70, 470 + n % 2 * 24, 284 + n * 70, 560, tint, round_=8, below=darker(tint, 0.2), shadow=6)
    for n in range(4):
        c.line([(480, 548 - n * 24), (760, 548 - n * 24)], mix(ASH, OAK, n / 5), 22, bent=False, shadow=4)


@scene
def forge(c: Canvas) -> None:
    _room(c, "#4b3b3a", "#5e4a3f", 700)
    c.box(720, 330, 1150, 760, "#7b5a4a", below="#52392f", shadow=16)
    for row in range(6):
        for column in range(5):
            c.box(
                728 + column * 86 + (row % 2) * 30 - 20,
                340 + row * 70,
                800 + column * 86 + (row % 2) * 30 - 20,
                400 + row * 70,
                mix("#8e6653", "#6b493b", (row * 3 + column) % 4 / 4),
                round_=5,
            )
    c.box(690, 300, 1170, 350, "#3c302d", round_=6)
    c.blob([(800, 760), (800, 540), (930, 470), (1060, 540), (1060, 760)], "#2a1c18")
    c.ellipse(930, 680, 240, 160, "#ff9d3c", soft=50, alpha=0.5)
    for x, high, tint in ((930, 200, "#d9541e"), (880, 140, "#f0862c"), (980, 150, "#f0862c"), (930, 110, "#ffd36a")):
        c.blob(
            [(x - 64, 744), (x - 44, 744 - high * 0.5), (x, 744 - high), (x + 40, 744 - high * 0.5), (x + 64, 744)],
            tint,
        )
    c.polygon(
        [
            (180, 520),
            (560, 520),
            (530, 590),
            (430, 610),
            (430, 690),
            (510, 760),
            (250, 760),
            (330, 690),
            (330, 610),
            (270, 596),
        ],
        "#7d858a",
        below="#4a5054",
        shadow=18,
    )
    c.blob([(190, 522), (90, 536), (60, 560), (250, 580)], "#6f777c", below="#4f5559")
    c.box(220, 760, 540, 880, WALNUT, below=darker(WALNUT, 0.3), round_=10)
    c.line([(330, 505), (560, 500)], "#ff8a3a", 22, shadow=4)
    c.ellipse(560, 500, 60, 40, "#ffb45a", soft=20, alpha=0.7)
    c.line([(430, 300), (560, 420)], ASH, 26, bent=False, shadow=8)
    c.box(370, 240, 500, 320, "#9aa3a6", round_=12, below="#646c70", shadow=8)
    for fx, fy in scatter(16, 4):
        c.ellipse(420 + fx * 220, 380 + fy * 110, 5, 5, "#ffd98a")


@scene
def pottery(c: Canvas) -> None:
    _room(c, "#cdb9a8", ASH)
    _boards(c, ASH)
    c.box(90, 300, 700, 330, OAK, shadow=8)
    for x, tint, size in ((170, SEA, 70), (300, PAPER, 84), (440, BRICK, 66), (580, OLIVE, 80)):
        c.blob(
            [
                (x - size * 0.4, 300),
                (x - size * 0.8, 230),
                (x - size * 0.5, 150),
                (x - size * 0.3, 110),
                (x + size * 0.3, 110),
                (x + size * 0.5, 150),
                (x + size * 0.8, 230),
                (x + size * 0.4, 300),
            ],
            tint,
            below=darker(tint, 0.24),
            shadow=8,
        )
    for x, foot, size, tint, band in (
        (330, 800, 190, "#5f8a94", "#e7eae2"),
        (650, 820, 150, "#e5dbc6", "#a8553a"),
        (930, 790, 210, "#b0664a", "#e9cfa7"),
    ):
        c.blob(
            [
                (x - size * 0.5, foot),
                (x - size * 0.95, foot - size * 0.7),
                (x - size * 0.7, foot - size * 1.4),
                (x - size * 0.4, foot - size * 1.7),
                (x - size * 0.46, foot - size * 1.9),
                (x + size * 0.46, foot - size * 1.9),
                (x + size * 0.4, foot - size * 1.7),
                (x + size * 0.7, foot - size * 1.4),
                (x + size * 0.95, foot - size * 0.7),
                (x + size * 0.5, foot),
            ],
            lighter(tint, 0.12),
            below=darker(tint, 0.26),
            shadow=18,
        )
        c.line(
            [(x - size * 0.84, foot - size * 1.04), (x, foot - size * 0.92), (x + size * 0.84, foot - size * 1.04)],
            band,
            18,
            alpha=0.9,
        )
        c.line(
            [(x - size * 0.9, foot - size * 0.8), (x, foot - size * 0.68), (x + size * 0.9, foot - size * 0.8)],
            band,
            8,
            alpha=0.9,
        )
        c.ellipse(x, foot - size * 1.87, size * 0.42, size * 0.08, darker(tint, 0.4))


@scene
def glass(c: Canvas) -> None:
    _room(c, "#d9cfc0", "#b79a7c")
    _window(c, 760, 80, 340, 330, "#f0cf9c")
    for x, size, tint in ((250, 190, SEA), (520, 230, "#c4733a"), (800, 170, OLIVE), (1010, 140, "#8d5a7c")):
        foot = 800
        c.ellipse(x + 50, foot + 10, size * 0.7, 24, tint, soft=14, alpha=0.5)
        c.blob(
            [
                (x - size * 0.4, foot),
                (x - size * 0.62, foot - size * 0.7),
                (x - size * 0.3, foot - size * 1.3),
                (x - size * 0.14, foot - size * 1.8),
                (x + size * 0.14, foot - size * 1.8),
                (x + size * 0.3, foot - size * 1.3),
                (x + size * 0.62, foot - size * 0.7),
                (x + size * 0.4, foot),
            ],
            lighter(tint, 0.35),
            below=tint,
            alpha=0.82,
            shadow=10,
        )
        c.blob(
            [
                (x - size * 0.3, foot - 20),
                (x - size * 0.46, foot - size * 0.66),
                (x, foot - size * 0.8),
                (x + size * 0.46, foot - size * 0.66),
                (x + size * 0.3, foot - 20),
            ],
            tint,
            alpha=0.5,
        )
        c.ellipse(x, foot - size * 1.8, size * 0.15, size * 0.04, lighter(tint, 0.6))
        c.line(
            [
                (x - size * 0.36, foot - size * 0.4),
                (x - size * 0.44, foot - size * 0.7),
                (x - size * 0.3, foot - size * 1.02),
            ],
            "#ffffff",
            size * 0.06,
            alpha=0.65,
        )


@scene
def cloth(c: Canvas) -> None:
    _room(c, "#d8c8b3", WALNUT)
    c.box(70, 560, 1130, 600, OAK, shadow=10)
    rolls = ((170, WINE), (320, "#d9b466"), (470, SEA), (620, "#cfc6b4"), (770, MOSS), (920, BRICK), (1060, "#664063"))
    for n, (x, tint) in enumerate(rolls):
        top = 170 + (n % 3) * 50
        c.box(x - 64, top, x + 64, 560, lighter(tint, 0.1), below=darker(tint, 0.2), shadow=10)
        c.ellipse(x, top, 64, 22, lighter(tint, 0.3))
        c.ellipse(x, top, 24, 8, ASH)
        if n % 2:
            for row in range(5):
                c.line(
                    [(x - 60, top + 60 + row * 60), (x, top + 72 + row * 60), (x + 60, top + 60 + row * 60)],
                    lighter(tint, 0.45),
                    8,
                )
    c.blob(
        [(160, 680), (500, 640), (840, 690), (1050, 660), (1080, 860), (760, 850), (480, 880), (140, 860)],
        "#3f7f93",
        below="#2a5c6d",
        shadow=16,
    )
    for row in range(4):
        c.line(
            [(170, 704 + row * 40), (500, 668 + row * 44), (840, 716 + row * 38), (1050, 690 + row * 42)],
            "#a9d0d3",
            7,
            alpha=0.7,
        )


@scene
def leather(c: Canvas) -> None:
    _room(c, "#c3cbb6", ASH)
    _boards(c, ASH)
    c.line([(430, 400), (450, 180), (600, 110), (750, 180), (770, 400)], darker("#8c4f2b", 0.2), 30, shadow=8)
    c.box(320, 350, 880, 780, "#a9623a", round_=56, below="#7b4124", shadow=24)
    c.blob(
        [(312, 360), (600, 340), (888, 360), (880, 560), (600, 640), (320, 560)], "#b97146", below="#95542f", shadow=12
    )
    c.line([(344, 400), (348, 540), (600, 608), (852, 540), (856, 400)], "#e9c79a", 6)
    c.box(556, 560, 644, 690, "#8a4a2a", round_=14, shadow=6)
    c.ring(600, 650, 26, 26, BRASS, 10)
    for x, y in ((150, 780), (1040, 760)):
        c.line([(x - 60, y + 40), (x + 60, y - 40)], WALNUT, 30, bent=False, shadow=8)
        c.line([(x + 60, y - 40), (x + 110, y - 74)], STEEL, 10, bent=False)


@scene
def books(c: Canvas) -> None:
    _room(c, "#b98b7c", OAK)
    c.box(40, 330, 1160, 366, WALNUT, shadow=10)
    x = 80
    for n, tint in enumerate(
        (NAVY, BRASS, WINE, "#d8ccb2", MOSS, BRICK, TEAL, "#664063", "#c9a06a", NAVY, OLIVE, WINE, SEA)
    ):
        wide, high = 54 + (n * 17) % 30, 200 + (n * 37) % 80
        c.box(x, 330 - high, x + wide, 330, tint, round_=5, below=darker(tint, 0.15), shadow=5)
        c.box(x + 8, 330 - high + 36, x + wide - 8, 330 - high + 46, lighter(tint, 0.5))
        x += wide + 4
    for n, (tint, wide) in enumerate(((TEAL, 420), (BRICK, 380), ("#d9b466", 400), (NAVY, 330))):
        y = 780 - n * 74
        c.box(220 + n * 14, y - 66, 220 + n * 14 + wide, y, tint, round_=10, below=darker(tint, 0.2), shadow=10)
        c.box(250 + n * 14, y - 58, 226 + n * 14 + wide, y - 8, PAPER)
        c.box(220 + n * 14, y - 66, 262 + n * 14, y, tint, round_=8)
    c.blob(
        [(700, 790), (710, 700), (850, 716), (900, 740), (950, 716), (1090, 700), (1100, 790), (900, 830)],
        PAPER,
        below="#e3d6bf",
        shadow=14,
    )
    c.line([(900, 742), (900, 824)], "#cdbfa6", 6)
    for row in range(4):
        c.line([(738, 726 + row * 17), (866, 742 + row * 17)], "#a99d8d", 5)
        c.line([(934, 742 + row * 17), (1062, 726 + row * 17)], "#a99d8d", 5)


@scene
def printing(c: Canvas) -> None:
    _room(c, "#9fb0ac", OAK)
    _boards(c, OAK)
    for x, tint, lean in ((110, WINE, 10), (450, BRASS, -8), (790, TEAL, 12)):
        c.line([(x - 40, 90), (x + 330, 84)], INK, 5)
        _sheet(c, x, 96, 290, 400, lean)
        c.ellipse(x + 146, 230, 84, 84, tint)
        c.polygon([(x + 70, 260), (x + 146, 150), (x + 222, 260)], lighter(tint, 0.5), alpha=0.8)
        for row in range(3):
            c.box(x + 40, 360 + row * 36, x + 250 - row * 40, 378 + row * 36, INK)
    for row in range(3):
        for column in range(12):
            x, y = 150 + column * 78, 690 + row * 62
            c.box(
                x,
                y,
                x + 60,
                y + 48,
                "#8f7556" if (row + column) % 3 else "#6f7679",
                round_=5,
                below="#4d4238",
                shadow=4,
            )
            c.box(x + 16, y + 12, x + 44, y + 34, lighter("#8f7556", 0.5))


@scene
def signs(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#8e5a4c", below="#774639")
    for row in range(12):
        for column in range(9):
            c.box(
                column * 150 + (row % 2) * 75 - 75,
                row * 78,
                column * 150 + (row % 2) * 75 + 66,
                row * 78 + 68,
                mix("#9a6353", "#85503f", (row * 5 + column * 3) % 7 / 7),
                round_=4,
            )
    c.line([(250, 150), (960, 150)], "#26282b", 22, shadow=12)
    c.line([(250, 60), (250, 320)], "#26282b", 26)
    c.line([(260, 300), (420, 230), (470, 160)], "#26282b", 14)
    for x in (420, 880):
        c.line([(x, 150), (x, 250)], "#26282b", 10)
    c.box(330, 240, 970, 680, TEAL, round_=40, below=darker(TEAL, 0.24), shadow=26)
    c.box(356, 266, 944, 654, "#e4c478", round_=28)
    c.box(366, 276, 934, 644, TEAL, round_=22, below=darker(TEAL, 0.18))
    _loaf(c, 650, 430, 170, 96)
    c.line([(470, 560), (560, 590), (650, 560), (740, 590), (830, 560)], "#e4c478", 12)
    c.ellipse(150, 820, 76, 76, PAPER, below="#d8cbb2", shadow=10)
    c.ellipse(150, 800, 62, 20, "#e4c478")
    c.line([(170, 780), (260, 640)], ASH, 18, bent=False)
    c.line([(256, 650), (284, 606)], INK, 26, bent=False)


@scene
def violin(c: Canvas) -> None:
    _room(c, "#7f8f88", WALNUT)
    _boards(c, WALNUT)
    c.ellipse(330, 300, 220, 220, lighter("#7f8f88", 0.25))
    c.blob(
        [
            (600, 820),
            (460, 780),
            (430, 660),
            (500, 590),
            (480, 520),
            (450, 440),
            (500, 360),
            (600, 340),
            (700, 360),
            (750, 440),
            (720, 520),
            (700, 590),
            (770, 660),
            (740, 780),
        ],
        "#b8642e",
        below="#7d3d1c",
        shadow=24,
    )
    c.blob(
        [
            (600, 790),
            (486, 754),
            (462, 660),
            (530, 590),
            (510, 510),
            (486, 440),
            (530, 380),
            (600, 366),
            (670, 380),
            (714, 440),
            (690, 510),
            (670, 590),
            (738, 660),
            (714, 754),
        ],
        "#cf8140",
        below="#a4562a",
    )
    c.polygon([(578, 90), (622, 90), (632, 600), (568, 600)], "#2f211d", shadow=6)
    c.ellipse(600, 72, 34, 40, "#7d3d1c", shadow=6)
    for y in (110, 150):
        c.line([(548, y), (652, y)], "#2f211d", 14)
    c.polygon([(548, 640), (652, 640), (640, 668), (560, 668)], ASH, shadow=5)
    c.polygon([(574, 700), (626, 700), (614, 800), (586, 800)], "#2f211d")
    for x in (584, 595, 606, 617):
        c.line([(x, 96), (x, 704)], "#f0e4cc", 3, bent=False)
    for side in (-1, 1):
        c.line(
            [(600 + side * 84, 590), (600 + side * 64, 630), (600 + side * 90, 670), (600 + side * 70, 710)],
            "#3b1d10",
            11,
        )
    c.line([(900, 150), (1000, 820)], "#5b2f1d", 16, bent=False, shadow=8)
    c.line([(884, 160), (984, 816)], PAPER, 6, bent=False)


@scene
def bicycle(c: Canvas) -> None:
    _room(c, "#c8d1c6", "#b49b7d", 700)
    for x in (350, 850):
        c.ellipse(x, 818, 170, 20, "#6b5844", soft=8, alpha=0.5)
        c.ring(x, 650, 180, 180, INK, 22)
        c.ring(x, 650, 160, 160, "#c7cdcc", 9)
        for spoke in ((-150, 0, 150, 0), (0, -150, 0, 150), (-106, -106, 106, 106), (-106, 106, 106, -106)):
            c.line([(x + spoke[0], 650 + spoke[1]), (x + spoke[2], 650 + spoke[3])], "#a8b0b0", 4)
        c.ellipse(x, 650, 22, 22, INK)
    for path in (
        ((350, 650), (470, 400)),
        ((350, 650), (560, 660)),
        ((560, 660), (470, 400)),
        ((470, 400), (770, 390)),
        ((560, 660), (770, 390)),
        ((850, 650), (750, 330)),
    ):
        c.line(list(path), BRICK, 24, bent=False, shadow=6)
    c.line([(470, 400), (456, 330)], STEEL, 16)
    c.blob([(380, 320), (460, 300), (540, 316), (520, 340), (440, 346)], WALNUT, shadow=6)
    c.line([(750, 330), (760, 280), (690, 262), (650, 290)], INK, 18, shadow=6)
    c.ring(560, 660, 50, 50, INK, 12)
    c.line([(560, 660), (610, 740)], INK, 14)
    _basket(c, 850, 320, 110, 56, OAK)


@scene
def solar(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#8fbac4", below="#e8dcc0")
    c.ellipse(960, 180, 100, 100, "#fbe3a0")
    c.ellipse(960, 180, 180, 180, "#fbe3a0", soft=50, alpha=0.4)
    c.polygon([(0, 900), (0, 720), (230, 310), (1010, 310), (1200, 620), (1200, 900)], "#a65a42", below="#8a4633")
    for row in range(7):
        c.line([(200 - row * 34, 360 + row * 70), (1050 + row * 40, 360 + row * 70)], "#8f4b37", 6, bent=False)
    for row in range(2):
        for column in range(4):
            left, top = 270 + column * 186 - row * 34, 390 + row * 190
            panel: list[Point] = [
                (left, top),
                (left + 170, top),
                (left + 150 + column * 8, top + 166),
                (left - 26 + column * 6, top + 166),
            ]
            c.polygon(panel, "#35506f", below="#22354f", shadow=12)
            for n in (1, 2, 3):
                c.line([(left + n * 42, top), (left + n * 42 - 20, top + 166)], "#7f9bb5", 3, bent=False)
            for n in (1, 2):
                c.line([(left - n * 8, top + n * 55), (left + 166, top + n * 55)], "#7f9bb5", 3, bent=False)
    c.box(980, 250, 1060, 420, "#9c6a52", below="#7b4d3a", shadow=8)


@scene
def stone(c: Canvas) -> None:
    _room(c, "#b9c3ba", "#a69a83", 700)
    c.ellipse(220, 700, 330, 170, MOSS, alpha=0.6)
    c.ellipse(1020, 700, 300, 140, OLIVE, alpha=0.6)
    for row in range(5):
        for column in range(6):
            x, y = 90 + column * 184 + (row % 2) * 92 - 60, 300 + row * 96
            tint = mix("#c7bda6", "#9a927f", (row * 7 + column * 5) % 9 / 9)
            c.blob(
                [
                    (x, y + 4),
                    (x + 90, y - 4),
                    (x + 172, y + 6),
                    (x + 176, y + 46),
                    (x + 168, y + 86),
                    (x + 80, y + 90),
                    (x + 4, y + 84),
                    (x - 4, y + 44),
                ],
                lighter(tint, 0.1),
                below=darker(tint, 0.2),
                shadow=8,
            )
    c.line([(760, 220), (900, 120)], ASH, 24, bent=False, shadow=8)
    c.box(690, 190, 800, 270, "#6f777a", round_=12, below="#4c5255", shadow=8)
    c.line([(430, 290), (560, 190)], STEEL, 20, bent=False, shadow=6)


@scene
def jewellery(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#6d3542", below="#4d2430")
    c.ellipse(600, 470, 470, 360, "#7c4050", soft=40)
    c.line([(250, 160), (330, 480), (600, 640), (870, 480), (950, 160)], "#e3c27a", 15, shadow=8)
    for x, y in ((290, 330), (360, 500), (470, 596), (730, 596), (840, 500), (910, 330)):
        c.ellipse(x, y, 26, 26, "#e3c27a", below="#ab7f33", shadow=8)
    c.blob([(600, 610), (670, 690), (600, 810), (530, 690)], "#7fb3ad", below="#2f6b6b", shadow=14)
    c.polygon([(560, 690), (600, 640), (640, 690), (600, 720)], "#b9dcd6", alpha=0.7)
    for x, y in ((200, 740), (1000, 740)):
        c.ring(x, y, 84, 84, "#e8cf94", 26)
        c.blob([(x, y - 140), (x + 44, y - 96), (x, y - 62), (x - 44, y - 96)], "#e8b7a0", below="#b3533a", shadow=6)


@scene
def shoes(c: Canvas) -> None:
    _room(c, "#d0c2ad", OAK)
    _boards(c, OAK)
    for dx, dy, tint in ((-20, -110, "#6d3a24"), (70, 0, "#8c4f2b")):
        c.blob(
            [
                (300 + dx, 760 + dy),
                (300 + dx, 560 + dy),
                (330 + dx, 430 + dy),
                (520 + dx, 420 + dy),
                (560 + dx, 560 + dy),
                (760 + dx, 620 + dy),
                (900 + dx, 690 + dy),
                (910 + dx, 770 + dy),
                (600 + dx, 790 + dy),
            ],
            lighter(tint, 0.12),
            below=darker(tint, 0.2),
            shadow=18,
        )
        c.blob(
            [
                (290 + dx, 760 + dy),
                (600 + dx, 776 + dy),
                (916 + dx, 760 + dy),
                (910 + dx, 806 + dy),
                (600 + dx, 812 + dy),
                (292 + dx, 810 + dy),
            ],
            "#2f231e",
        )
        c.ellipse(426 + dx, 428 + dy, 96, 26, darker(tint, 0.5))
        for n in range(4):
            c.line([(530 + dx + n * 34, 500 + dy + n * 34), (590 + dx + n * 36, 470 + dy + n * 44)], LINEN, 10)


@scene
def knives(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#cbb89a", below="#b7a07e")
    c.box(140, 180, 1060, 760, lighter(OAK, 0.1), round_=60, below=OAK, shadow=24)
    for n, y in enumerate((300, 450, 600)):
        tint = (WALNUT, WINE, INK)[n]
        tip = 320 - n * 40 + 20
        c.blob(
            [(tip, y + 14), (tip + 140, y - 36), (700, y - 52), (720, y + 40), (tip + 200, y + 44)],
            "#e6eaea",
            below="#9ba5a8",
            shadow=10,
        )
        c.line([(tip + 60, y + 22), (480, y + 38), (712, y + 36)], "#ffffff", 5, alpha=0.7)
        c.box(712, y - 44, 990, y + 40, tint, round_=26, below=darker(tint, 0.3), shadow=10)
        for x in (780, 860, 940):
            c.ellipse(x, y - 2, 10, 10, BRASS)


@scene
def soap(c: Canvas) -> None:
    _room(c, "#c9d4c3", PAPER)
    for x, y, tint in (
        (220, 720, "#d9b6a8"),
        (470, 740, "#b8c49a"),
        (720, 716, "#e2cf9d"),
        (380, 610, "#a9bfc4"),
        (620, 600, "#d3a58f"),
    ):
        c.box(x, y, x + 230, y + 110, lighter(tint, 0.2), round_=22, below=darker(tint, 0.14), shadow=12)
        c.box(x + 78, y, x + 152, y + 110, PAPER, alpha=0.85)
        c.ellipse(x + 115, y + 55, 20, 20, tint)
    for n in range(5):
        c.line([(900 + n * 34, 820), (910 + n * 40, 600), (890 + n * 52, 420)], MOSS, 8)
        for step in range(6):
            c.ellipse(
                900 + n * 48 + (step % 2) * 18 - 4,
                480 - step * 24 + n * 6,
                13,
                15,
                "#8f7fb0" if step % 2 else "#a796c4",
            )
    for x, y, r in ((180, 300, 60), (290, 220, 36), (120, 190, 28), (360, 330, 22)):
        c.ellipse(x, y, r, r, "#ffffff", alpha=0.45)
        c.ellipse(x - r * 0.3, y - r * 0.3, r * 0.25, r * 0.2, "#ffffff", alpha=0.8)


@scene
def toys(c: Canvas) -> None:
    _room(c, "#c4d2d3", ASH)
    _boards(c, ASH)
    for x, tint in ((260, BRICK), (560, TEAL), (860, BRASS)):
        c.box(x - 110, 620, x + 110, 740, tint, round_=18, below=darker(tint, 0.2), shadow=14)
        for wheel in (-64, 64):
            c.ellipse(x + wheel, 756, 44, 44, WALNUT, below=darker(WALNUT, 0.2), shadow=6)
            c.ellipse(x + wheel, 756, 14, 14, ASH)
    for x in (380, 680):
        c.line([(x, 700), (x + 70, 700)], INK, 9)
    c.box(300, 500, 370, 620, WALNUT, round_=10)
    c.box(190, 540, 290, 620, lighter(BRICK, 0.2), round_=10)
    c.ellipse(560, 560, 74, 74, OAK, below=darker(OAK, 0.2), shadow=8)
    for n, tint in enumerate((WINE, OLIVE, SEA)):
        c.box(790 + n * 8, 540 - n * 76, 930 - n * 16, 616 - n * 76, tint, round_=8, below=darker(tint, 0.16), shadow=6)
    c.polygon([(800, 390), (912, 390), (856, 300)], BRICK, shadow=6)


# --- people's work with people ----------------------------------------------------------------------------------


@scene
def desk(c: Canvas) -> None:
    _room(c, "#b9c0b2", OAK)
    _boards(c, OAK)
    _window(c, 90, 80, 300, 300)
    c.box(470, 330, 900, 620, INK, round_=18, shadow=14)
    c.box(488, 348, 882, 602, "#f3ead8", below="#e5d8bf")
    for n, high in enumerate((60, 110, 90, 150, 130, 180)):
        c.box(530 + n * 54, 570 - high, 566 + n * 54, 570, (OLIVE, BRASS, OLIVE, WINE, BRASS, WINE)[n], round_=4)
    c.polygon([(430, 640), (940, 640), (980, 690), (390, 690)], "#c7c7c2", below="#9d9d98", shadow=12)
    _cup(c, 230, 790, 110, "#d3a58f")
    _sheet(c, 640, 730, 300, 120, 24)
    for row in range(3):
        c.line([(660 - row * 6, 758 + row * 30), (890 - row * 6, 774 + row * 30)], "#a99d8d", 6)
    c.line([(980, 820), (1090, 730)], WINE, 18, bent=False, shadow=6)
    _plant(c, 1060, 600, 150)


@scene
def conversation(c: Canvas) -> None:
    _room(c, "#cda98c", WALNUT, 690)
    _window(c, 420, 70, 360, 300, "#f1d6a3")
    for x, coat, skin, hair, side in ((270, TEAL, "#8c5635", "#2a2022", 1), (930, WINE, "#efc2a6", "#b85f2c", -1)):
        c.blob(
            [(x - 180, 900), (x - 160, 640), (x - 60, 540), (x + 60, 540), (x + 160, 640), (x + 180, 900)],
            coat,
            below=darker(coat, 0.3),
            shadow=14,
        )
        c.box(x - 34, 480, x + 34, 580, darker(skin, 0.14), round_=20)
        c.ellipse(x, 400, 92, 112, lighter(skin, 0.05), below=darker(skin, 0.06))
        c.blob(
            [(x - 100, 400), (x - 100, 300), (x, 250), (x + 100, 300), (x + 100, 400), (x + 50, 326), (x - 50, 326)],
            hair,
            below=darker(hair, 0.1),
        )
        for eye in (14, 62):
            c.ellipse(x + side * eye, 402, 9, 12, "#2b1c1a")
        c.line([(x + side * 8, 452), (x + side * 36, 466), (x + side * 62, 450)], "#8e2f2c", 8)
    c.ellipse(600, 800, 430, 90, lighter(OAK, 0.16), below=OAK, shadow=22)
    _cup(c, 450, 800, 80, "#e9eceb")
    _cup(c, 760, 806, 80, "#e0c68d")
    c.ellipse(600, 770, 110, 26, PAPER, shadow=6)
    for x in (556, 610, 652):
        c.blob([(x - 34, 764), (x, 732), (x + 34, 764)], lighter(CRUST, 0.25), below=CRUST)


@scene
def long_table(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#4d5570", below="#c58d72")
    for n in range(9):
        x = 60 + n * 136
        y = 190 + (n % 2) * 30 + abs(n - 4) * -8
        c.ellipse(x, y + 40, 100, 90, "#ffd98c", soft=36, alpha=0.5)
        c.ellipse(x, y + 34, 26, 32, "#ffe9b8", below="#f4b95c")
    c.line([(0, 150), (300, 210), (600, 220), (900, 210), (1200, 150)], "#2c2a35", 6)
    for n, coat in enumerate((WINE, TEAL, BRASS, MOSS, "#664063", BRICK, SEA)):
        x = 120 + n * 160
        skin = ("#efc2a6", "#8c5635", "#e3ae87", "#4e2d20", "#f6d7c3", "#cf935f", "#b57848")[n]
        c.blob(
            [(x - 66, 640), (x - 58, 510), (x, 470), (x + 58, 510), (x + 66, 640)],
            coat,
            below=darker(coat, 0.2),
            shadow=8,
        )
        c.ellipse(x, 424, 44, 52, skin, below=darker(skin, 0.1))
        c.blob(
            [(x - 48, 420), (x - 44, 366), (x, 348), (x + 44, 366), (x + 48, 420), (x + 20, 388), (x - 20, 388)],
            ("#2a2022", "#40291f", "#9b948c", "#2a2022", "#b85f2c", "#efeae0", "#6a3c24")[n],
        )
    c.polygon([(40, 600), (1160, 600), (1240, 900), (-40, 900)], PAPER, below="#e0cfb4", shadow=16)
    for n in range(6):
        x = 130 + n * 186
        c.ellipse(x, 680, 72, 24, "#e7ece8", below="#c3cdc8", shadow=6)
        c.ellipse(x, 678, 42, 13, (BRICK, OLIVE, BRASS, WINE, MOSS, CRUST)[n])
    for n in range(5):
        x = 220 + n * 190
        c.blob([(x - 60, 790), (x, 752), (x + 60, 790), (x, 812)], lighter(CRUST, 0.2), below=CRUST, shadow=6)
    for x in (90, 640, 1090):
        _bottle(c, x, 800, 70, MOSS if x != 640 else WINE)


@scene
def flowers(c: Canvas) -> None:
    _room(c, "#cfd4bd", PAPER)
    _window(c, 90, 80, 280, 320)
    for n, (x, y) in enumerate(
        (
            (480, 300),
            (600, 220),
            (730, 290),
            (540, 400),
            (680, 410),
            (420, 430),
            (800, 420),
            (610, 330),
            (750, 180),
            (470, 190),
        )
    ):
        c.line([(600, 640), ((600 + x) / 2 + 10, (640 + y) / 2), (x, y)], MOSS, 10)
        tint = (WINE, "#e6a08c", PAPER, "#d9b04c", BRICK, "#a98aa3", "#e6a08c", "#f3dfc0", "#664063", BRASS)[n]
        for dx, dy in ((0, -44), (42, -14), (26, 36), (-26, 36), (-42, -14)):
            c.ellipse(x + dx, y + dy, 40, 40, lighter(tint, 0.1), below=darker(tint, 0.1), shadow=3)
        c.ellipse(x, y, 24, 24, "#e9c463" if tint != BRASS else WALNUT)
    for x, y, lean in ((400, 560, -1), (790, 560, 1), (470, 500, -1), (720, 520, 1)):
        c.blob([(600, 620), (x + lean * 10, y - 40), (x + lean * 60, y), (x, y + 40)], OLIVE, below=MOSS)
    c.polygon([(490, 570), (710, 570), (676, 830), (524, 830)], "#7aa0a5", below="#4d7479", shadow=18)
    c.box(478, 550, 722, 600, "#8cb1b5", round_=14)
    _basket(c, 990, 740, 130, 66, ASH)


@scene
def van(c: Canvas) -> None:
    c.box(0, 0, WIDE, 640, "#b7cdcb", below="#eee0c4")
    for x, high, tint in (
        (40, 300, "#c98f6e"),
        (240, 380, "#e0c79d"),
        (430, 280, "#a9b59a"),
        (620, 350, "#d3a58f"),
        (820, 310, "#c9b48d"),
        (1010, 370, "#b58d7c"),
    ):
        c.box(x, 640 - high, x + 180, 640, tint, below=darker(tint, 0.1))
        c.polygon([(x - 10, 640 - high), (x + 90, 570 - high), (x + 190, 640 - high)], darker(tint, 0.3))
        for row in range(2):
            for column in range(2):
                c.box(
                    x + 34 + column * 70,
                    680 - high + row * 100,
                    x + 74 + column * 70,
                    740 - high + row * 100,
                    "#f4e6b8",
                    round_=4,
                )
    c.box(0, 640, WIDE, HIGH, "#8d857b", below="#6f675f")
    c.line([(0, 840), (WIDE, 840)], PAPER, 10)
    c.ellipse(590, 800, 440, 26, "#3a332d", soft=10, alpha=0.5)
    c.box(190, 360, 760, 740, "#e8dcc2", round_=34, below="#cfbd9b", shadow=14)
    c.blob([(740, 400), (860, 410), (940, 540), (1010, 580), (1020, 740), (740, 740)], "#e8dcc2", below="#cfbd9b")
    c.polygon([(780, 440), (850, 446), (916, 560), (780, 560)], "#8fb0b6", below="#b9d0d0")
    c.box(190, 610, 1016, 650, WINE)
    c.ellipse(470, 500, 84, 84, WINE)
    _loaf(c, 470, 502, 54, 32)
    for x in (360, 860):
        c.ellipse(x, 744, 80, 80, INK)
        c.ellipse(x, 744, 36, 36, "#c9c6bd")
    c.ellipse(1008, 640, 16, 26, "#ffe6a0")


@scene
def shopfront(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#e2cfae", below="#cdb58f")
    c.box(130, 250, 1070, 820, TEAL, below=darker(TEAL, 0.2), shadow=18)
    c.box(170, 380, 640, 720, "#f5dfa9", below="#e6b86f")
    c.box(700, 380, 1010, 820, darker(TEAL, 0.3))
    c.box(730, 410, 980, 680, "#f5dfa9", below="#e6b86f")
    c.ellipse(950, 730, 12, 12, BRASS)
    for n in range(8):
        x = 130 + n * 117.5
        c.polygon(
            [(x, 250), (x + 117.5, 250), (x + 117.5, 350), (x + 58, 390), (x, 350)], WINE if n % 2 else PAPER, shadow=6
        )
    c.box(210, 150, 990, 240, darker(TEAL, 0.15), round_=10, shadow=8)
    for n in range(9):
        c.ellipse(330 + n * 68, 195, 20, 20, "#e4c478")
    c.box(170, 600, 640, 616, OAK)
    for x, tint in ((240, BRICK), (330, SEA), (420, BRASS), (520, OLIVE)):
        c.blob([(x - 34, 600), (x - 44, 540), (x, 500), (x + 44, 540), (x + 34, 600)], tint, below=darker(tint, 0.2))
    c.box(0, 820, WIDE, HIGH, "#a5988a", below="#8b7e71")
    _plant(c, 80, 790, 110)
    _plant(c, 1130, 790, 110)


@scene
def garden(c: Canvas) -> None:
    c.box(0, 0, WIDE, HIGH, "#b5cfcb", below="#e9e0bd")
    c.ellipse(220, 640, 500, 240, "#8fa06b")
    c.ellipse(960, 680, 520, 230, MOSS)
    c.box(0, 640, WIDE, HIGH, "#7c5a42", below="#5f432f")
    for row in range(3):
        y = 690 + row * 76
        for n in range(10):
            x = 60 + n * 122 + row * 26
            for lean in (-1, 0, 1):
                c.blob(
                    [
                        (x, y),
                        (x + lean * 46 - 16, y - 46),
                        (x + lean * 52, y - 76 - row * 8),
                        (x + lean * 36 + 14, y - 40),
                    ],
                    (OLIVE, "#8c9a4a", MOSS)[(n + row) % 3],
                )
    c.line([(930, 200), (930, 700)], ASH, 26, shadow=8)
    c.blob([(880, 690), (980, 690), (970, 800), (930, 840), (890, 800)], STEEL, below="#6f777a", shadow=8)
    c.line([(880, 200), (980, 200)], ASH, 26)


@scene
def piano(c: Canvas) -> None:
    _room(c, "#b58d84", WALNUT)
    _window(c, 110, 90, 260, 280, "#f0d9ae")
    c.box(100, 420, 1100, 560, INK, round_=10, below="#211c1c", shadow=16)
    c.box(100, 540, 1100, 800, "#2b2524")
    for n in range(16):
        x = 130 + n * 59
        c.box(x, 590, x + 55, 780, PAPER, round_=6, below="#e3d8c4")
    for n in range(15):
        if n % 7 not in (2, 6):
            c.box(172 + n * 59, 590, 206 + n * 59, 700, INK, round_=4, shadow=4)
    _sheet(c, 480, 220, 280, 220, 0)
    for row in range(3):
        for step in range(4):
            c.line([(500, 260 + row * 60 + step * 9), (740, 260 + row * 60 + step * 9)], "#b8aa95", 2)
        for n in range(4):
            c.ellipse(530 + n * 54, 264 + row * 60 + (n * 13) % 24, 9, 7, INK)
    _plant(c, 960, 390, 120)


@scene
def cabinet(c: Canvas) -> None:
    _room(c, "#d9cbb5", "#b08f6c", 700)
    c.box(330, 130, 870, 800, "#7f9a8c", round_=14, below="#5f7a6d", shadow=24)
    for left in (360, 610):
        c.box(left, 170, left + 230, 470, "#8ea99b", round_=10, shadow=5)
        c.box(left + 24, 194, left + 206, 446, "#f2e6cb", below="#d8c6a2")
        for shelf in (270, 360):
            c.line([(left + 24, shelf), (left + 206, shelf)], "#a58a63", 9)
        for n, tint in enumerate((BRICK, SEA, BRASS)):
            c.ellipse(left + 62 + n * 54, 250, 20, 20, tint)
            c.box(left + 46 + n * 54, 318, left + 76 + n * 54, 356, lighter(tint, 0.2), round_=6)
    for row in range(2):
        for left in (360, 610):
            c.box(left, 510 + row * 130, left + 230, 620 + row * 130, "#8ea99b", round_=10, below="#7f9a8c", shadow=5)
            c.ellipse(left + 115, 565 + row * 130, 14, 14, BRASS, shadow=4)
    _plant(c, 180, 760, 150)
    _plant(c, 600, 130, 70, PAPER)


# --- front doors and logos ---------------------------------------------------------------------------------------


def harbour_door(width: int = 1440) -> Canvas:
    """Wrenmouth at the hour when the boats come in."""
    c = Canvas(width, width * 2 // 5, 2000, "#e9c59c")
    c.box(0, 0, 2000, 470, "#8c9fb0", below="#f3cf9d")
    c.ellipse(1430, 400, 120, 120, "#ffe8b4")
    c.ellipse(1430, 400, 300, 190, "#ffe8b4", soft=70, alpha=0.5)
    c.blob([(900, 470), (1150, 400), (1500, 430), (1800, 380), (2100, 470), (1500, 520)], "#8a97a0", alpha=0.7)
    c.box(0, 465, 2000, 800, "#7fa3a6", below="#345a68")
    for n, (x, y) in enumerate(scatter(46, 7)):
        c.line([(x * 2000, 480 + y * 300), (x * 2000 + 40 + n % 5 * 22, 480 + y * 300)], "#f6dcae", 5, alpha=0.45)
    tints = (
        "#c98f6e",
        "#e6d3ad",
        "#9fb0a0",
        "#b5655a",
        "#dcb877",
        "#8fa3ad",
        "#d9a58f",
        "#e9dcc3",
        "#a98a6e",
        "#c1765c",
    )
    for n, tint in enumerate(tints):
        left, wide, top = n * 98 - 30, 98, 300 - (n * 53) % 110
        c.box(left, top, left + wide, 520, tint, below=darker(tint, 0.12))
        c.polygon([(left - 6, top), (left + wide / 2, top - 66), (left + wide + 6, top)], darker(tint, 0.36))
        for row in range(3):
            for column in range(2):
                lit = (n * 3 + row * 2 + column) % 3
                c.box(
                    left + 17 + column * 40,
                    top + 24 + row * 58,
                    left + 42 + column * 40,
                    top + 60 + row * 58,
                    "#ffe3a0" if lit else darker(tint, 0.45),
                    round_=3,
                )
    c.polygon([(0, 510), (1010, 510), (1060, 560), (1060, 600), (0, 600)], "#8d7a69", below="#6d5b4d", shadow=10)
    for n in range(9):
        c.line([(60 + n * 118, 512), (60 + n * 118, 598)], "#7a6858", 4)
    c.polygon([(1620, 470), (1690, 470), (1676, 190), (1634, 190)], "#f4ead6", below="#d9c7a8", shadow=8)
    for y in (230, 330, 420):
        c.polygon([(1632, y), (1678, y), (1680, y + 40), (1630, y + 40)], "#b3533a")
    c.box(1626, 150, 1684, 194, "#3a3433", round_=6)
    c.ellipse(1655, 172, 18, 16, "#fff0b8")
    c.polygon([(1620, 150), (1655, 116), (1690, 150)], "#7d2b3a")
    c.blob([(1500, 500), (1600, 462), (1760, 466), (1900, 510), (1700, 530)], "#6e6459", below="#544b43")
    for x, y, size, hull, sail in (
        (1230, 600, 1.0, "#7d2b3a", "#f6ecd8"),
        (1500, 650, 1.25, "#2f4460", "#e0a56a"),
        (820, 660, 0.9, "#4f6141", "#f6ecd8"),
    ):
        c.line([(x, y - 230 * size), (x, y)], "#5b4232", 8 * size)
        c.blob(
            [(x - 10 * size, y - 220 * size), (x - 20 * size, y - 30 * size), (x - 120 * size, y - 30 * size)],
            sail,
            below=darker(sail, 0.12),
        )
        c.blob(
            [(x + 12 * size, y - 190 * size), (x + 90 * size, y - 30 * size), (x + 14 * size, y - 30 * size)],
            lighter(sail, 0.2),
            below=sail,
        )
        c.blob(
            [
                (x - 140 * size, y - 12 * size),
                (x, y),
                (x + 140 * size, y - 18 * size),
                (x + 100 * size, y + 44 * size),
                (x - 100 * size, y + 44 * size),
            ],
            hull,
            below=darker(hull, 0.3),
            shadow=8,
        )
        c.line(
            [(x - 130 * size, y - 8 * size), (x, y + 4 * size), (x + 130 * size, y - 12 * size)], "#efe4cf", 6 * size
        )
    for x, y in ((1080, 140), (1160, 180), (1290, 120), (1850, 220)):
        c.line([(x - 34, y), (x - 16, y - 16), (x, y), (x + 16, y - 16), (x + 34, y)], "#fbf4e6", 7)
    return c


def guild_door(width: int = 1440) -> Canvas:
    """Alder Mills: sheds with lit windows between the river and the hills."""
    c = Canvas(width, width * 2 // 5, 2000, "#d8c9a4")
    c.box(0, 0, 2000, 520, "#a9bfae", below="#f2dcae")
    c.ellipse(420, 250, 100, 100, "#fff0c6")
    c.ellipse(420, 250, 260, 180, "#fff0c6", soft=60, alpha=0.5)
    c.blob([(-200, 560), (100, 360), (500, 330), (900, 440), (1200, 560)], "#93a886", below="#7c9271")
    c.blob([(700, 580), (1100, 350), (1500, 290), (1900, 380), (2300, 580)], "#7c9068", below="#66795a")
    for x, y, size in (
        (180, 420, 60),
        (270, 440, 46),
        (1750, 400, 70),
        (1850, 420, 54),
        (1650, 430, 44),
        (980, 470, 40),
    ):
        c.line([(x, y + size), (x, y)], "#5b4232", 10)
        c.ellipse(x, y - size * 0.3, size * 0.7, size, "#5d7048", below="#43553a")
    c.box(0, 520, 2000, 640, "#a79a6c", below="#8a8058")
    for n in range(6):
        left = 520 + n * 170
        wall = ("#a65a42", "#b3694c")[n % 2]
        c.polygon([(left, 300), (left + 60, 210), (left + 170, 300)], "#4d4a4a")
        c.polygon([(left + 6, 298), (left + 58, 222), (left + 62, 298)], "#ffe6a6", below="#f0c46c")
        c.box(left, 300, left + 170, 560, wall, below=darker(wall, 0.22))
        if n == 3:  # the door
            c.box(left + 20, 380, left + 150, 560, darker(wall, 0.4), round_=8)
            c.box(left + 28, 388, left + 142, 560, "#4f6141", round_=6, below="#3b4a31")
            c.box(left + 44, 404, left + 126, 450, "#ffe3a0", below="#f2b968")
            c.ellipse(left + 126, 494, 6, 6, "#e4c478")
            continue
        c.box(left + 30, 350, left + 140, 470, "#4c3a33", round_=4)
        c.box(left + 38, 358, left + 132, 462, "#ffe3a0", below="#f2b968")
        c.box(left + 82, 358, left + 88, 462, "#4c3a33")
        c.box(left + 38, 406, left + 132, 412, "#4c3a33")
    c.box(1420, 110, 1480, 320, "#8e4f3c", below="#74402f")
    c.box(1410, 100, 1490, 126, "#5f3a2e", round_=4)
    for n in range(3):
        c.ellipse(1470 + n * 46, 80 - n * 26, 34 + n * 10, 26 + n * 6, "#f6ecd8", soft=10, alpha=0.45)
    for n, x in enumerate((640, 780, 1250, 1380)):
        c.line([(x, 560), (x, 500)], "#6e4630", 12)
        c.box(x - 46, 500, x + 46, 516, "#b07a45", round_=4)
        if n % 2:
            c.box(x - 24, 470, x + 10, 500, "#c4933a", round_=4)
    c.box(1560, 330, 1900, 600, "#d9c7a2", below="#bda981", shadow=8)
    c.ring(1640, 560, 128, 128, "#5b4232", 22)
    for turn in ((-116, 0, 116, 0), (0, -116, 0, 116), (-82, -82, 82, 82), (-82, 82, 82, -82)):
        c.line([(1640 + turn[0], 560 + turn[1]), (1640 + turn[2], 560 + turn[3])], "#5b4232", 12, bent=False)
    c.polygon([(1540, 336), (1730, 220), (1920, 336)], "#6e4a3c")
    for x in (1620, 1710, 1800):
        c.box(x, 360, x + 56, 424, "#ffe3a0", round_=4, below="#f2b968")
    bank: list[Point] = [(-50, 640), (400, 610), (900, 640), (1400, 612), (2050, 646)]
    c.polygon([*curve(bank, closed=False), (2050, 820), (-50, 820)], "#7ea3a0", below="#4b7274")
    for n, (across, down) in enumerate(scatter(34, 11)):
        c.line(
            [(across * 2000, 660 + down * 130), (across * 2000 + 50 + n % 4 * 26, 660 + down * 130)],
            "#e9e3c4",
            5,
            alpha=0.45,
        )
    for reed in (120, 220, 300, 1880, 1950):
        for lean in (-1, 0, 1):
            c.line([(reed, 800), (reed + lean * 14, 720), (reed + lean * 34, 640)], "#66794a", 9)
    return c


def harbour_logo(size: int = 320) -> Canvas:
    """A sail between two waves, in wine red."""
    c = Canvas(size, size, 1000, "#7d2b3a")
    c.ellipse(500, 500, 420, 420, "#8a3444")
    c.blob([(480, 180), (470, 420), (450, 610), (230, 610), (340, 400)], "#fbf4e6")
    c.blob([(530, 260), (620, 430), (730, 610), (540, 610)], "#e3bd6d")
    for n, y in enumerate((700, 780)):
        wave: list[Point] = [(200 + n * 60 + k * 75, y + (26 if k % 2 else -14)) for k in range(9 - n * 2)]
        c.line(wave, "#fbf4e6" if n == 0 else "#d79a8b", 40)
    return c


def guild_logo(size: int = 320) -> Canvas:
    """Two hands' tools crossed over a table, in moss green."""
    c = Canvas(size, size, 1000, "#4f6141")
    c.ellipse(500, 500, 420, 420, "#5b6e4b")
    c.line([(320, 250), (640, 610)], "#e3bd6d", 54, bent=False)
    c.polygon([(236, 286), (360, 160), (430, 232), (306, 356)], "#fbf4e6")
    c.line([(680, 250), (370, 610)], "#c4933a", 58, bent=False)
    c.polygon([(640, 240), (700, 160), (770, 226), (714, 300)], "#fbf4e6")
    c.box(200, 660, 800, 730, "#fbf4e6", round_=20)
    c.line([(290, 730), (270, 830)], "#fbf4e6", 46, bent=False)
    c.line([(710, 730), (730, 830)], "#fbf4e6", 46, bent=False)
    return c
