"""Friendly faces from a few words: skin, hair, clothes and what stands behind."""

from dataclasses import dataclass

from node.demo.drawing.brush import Canvas, Colour, Point, curve, darker, lighter, mix

SKIN: dict[str, Colour] = {
    "porcelain": "#f6d7c3",
    "rose": "#efc2a6",
    "sand": "#e3ae87",
    "honey": "#cf935f",
    "amber": "#b57848",
    "umber": "#8c5635",
    "cocoa": "#6b3f29",
    "ebony": "#4e2d20",
}
HAIR: dict[str, Colour] = {
    "black": "#2a2022",
    "espresso": "#40291f",
    "chestnut": "#6a3c24",
    "auburn": "#8f4424",
    "copper": "#b85f2c",
    "straw": "#d3a758",
    "flax": "#e6cd93",
    "grey": "#9b948c",
    "silver": "#d6d0c6",
    "white": "#efeae0",
}
CLOTH: dict[str, Colour] = {
    "wine": "#7d2b3a",
    "brick": "#b3533a",
    "brass": "#c4933a",
    "olive": "#77803f",
    "moss": "#4f6141",
    "teal": "#2f6b6b",
    "sea": "#3f7f93",
    "navy": "#2f4460",
    "plum": "#664063",
    "rose": "#c77f7b",
    "linen": "#e9dcc3",
    "ink": "#383231",
    "clay": "#c08a62",
    "sky": "#92b4bd",
}
GROUND: dict[str, Colour] = {
    "linen": "#ecdfc8",
    "peach": "#f0c9a4",
    "rose": "#e2aaa0",
    "brass": "#e3bd6d",
    "sage": "#b7c09a",
    "sea": "#9dc3c4",
    "dusk": "#8d92ab",
    "wine": "#a25c62",
    "olive": "#97a066",
    "clay": "#d29a75",
    "mist": "#cbd3cf",
    "plum": "#a98aa3",
    "sky": "#b4d0da",
}


@dataclass(frozen=True)
class Face:
    """What one person looks like."""

    skin: str = "sand"
    hair: str = "chestnut"
    cut: str = "short"
    wear: str = "crew"
    cloth: str = "navy"
    ground: str = "linen"
    behind: str = "sun"
    beard: str = ""
    glasses: str = ""
    hat: str = ""
    second: str = "linen"
    jaw: float = 0.0  # -1 narrow … 1 broad
    smile: float = 0.5  # 0 calm … 1 laughing
    age: float = 0.0  # 1: lines of many summers


def read(words: str) -> Face:
    """A face from `skin=sand hair=black cut=bob glasses=round …`."""
    fields: dict[str, str] = dict(word.split("=", 1) for word in words.split())
    numbers = {name: float(fields.pop(name)) for name in ("jaw", "smile", "age") if name in fields}
    return Face(**fields, **numbers)  # type: ignore[arg-type]  # words go to the text fields, numbers to the others


def paint(face: Face, size: int = 320) -> Canvas:
    """Head and shoulders on a plain ground."""
    ground = GROUND[face.ground]
    canvas = Canvas(size, size, 1000, ground)
    _behind(canvas, face, ground)
    skin, hair = SKIN[face.skin], HAIR[face.hair]
    _hair_behind(canvas, face, hair)
    _body(canvas, face, skin)
    _head(canvas, face, skin)
    _features(canvas, face, skin, hair)
    _beard(canvas, face, hair)
    _hair_before(canvas, face, hair)
    _glasses(canvas, face)
    _hat(canvas, face)
    canvas.light(0.13)
    canvas.closer(0.09, 0.085, 0.82)
    return canvas


def _behind(c: Canvas, face: Face, ground: Colour) -> None:
    pale, deep = lighter(ground, 0.38), darker(ground, 0.13)
    match face.behind:
        case "sun":
            c.ellipse(500, 520, 410, 410, pale)
        case "arch":
            c.box(170, 110, 830, 1400, pale, round_=330)
        case "waves":
            for row in range(4):
                top = 560 + row * 120
                wave: list[Point] = [(-100 + 100 * n, top + (34 if n % 2 else -14)) for n in range(14)]
                c.polygon([*_soft(wave), (1200, 1100), (-100, 1100)], mix(pale, deep, row / 3.2))
        case "hills":
            c.ellipse(200, 1000, 560, 430, pale)
            c.ellipse(840, 1050, 560, 390, deep)
        case "window":
            for left in (110, 520):
                for top in (80, 490):
                    c.box(left, top, left + 370, top + 370, pale, round_=26)
        case "leaves":
            for at, (x, y) in enumerate(((90, 230), (210, 90), (890, 200), (760, 80), (60, 520), (950, 480))):
                tilt = 60 if at % 2 else -60
                c.blob([(x - tilt, y - 110), (x + 62, y), (x + tilt, y + 110), (x - 62, y)], pale if at % 3 else deep)
        case "stripes":
            for left in range(0, 1000, 200):
                c.box(left, 0, left + 100, 1000, pale)
        case "dots":
            for row in range(6):
                for column in range(6):
                    c.ellipse(column * 200 + (100 if row % 2 else 0), row * 190 + 30, 34, 34, pale)
        case _:
            c.polygon([(0, 1000), (0, 420), (1000, 120), (1000, 1000)], pale)


def _soft(points: list[Point]) -> list[Point]:
    return curve(points, closed=False)


def _body(c: Canvas, face: Face, skin: Colour) -> None:
    cloth, second = CLOTH[face.cloth], CLOTH[face.second]
    wide = 26 * face.jaw
    neck = darker(skin, 0.16)
    shoulders: list[Point] = [
        (90 - wide, 1100),
        (118 - wide, 950),
        (190 - wide, 842),
        (330, 790),
        (418, 756),
        (500, 770),
        (582, 756),
        (670, 790),
        (810 + wide, 842),
        (882 + wide, 950),
        (910 + wide, 1100),
    ]
    c.blob(shoulders, cloth, below=darker(cloth, 0.28), shadow=18)
    c.blob([(424, 600), (576, 600), (582, 740), (600, 785), (500, 846), (400, 785), (418, 740)], neck)
    match face.wear:
        case "crew":
            c.line([(394, 772), (500, 858), (606, 772)], lighter(cloth, 0.14), 24)
        case "shirt":
            c.polygon([(408, 738), (500, 850), (420, 930), (338, 790)], second, shadow=8)
            c.polygon([(592, 738), (500, 850), (580, 930), (662, 790)], second, shadow=8)
            c.line([(500, 860), (500, 1010)], darker(cloth, 0.35), 7)
            for y in (905, 965):
                c.ellipse(516, y, 8, 8, lighter(second, 0.3))
        case "apron":
            c.line([(394, 772), (500, 858), (606, 772)], lighter(cloth, 0.14), 20)
            c.polygon([(352, 905), (648, 905), (700, 1050), (300, 1050)], second, shadow=8)
            c.line([(372, 912), (352, 775)], second, 34)
            c.line([(628, 912), (648, 775)], second, 34)
            c.box(352, 898, 648, 924, darker(second, 0.12), round_=8)
        case "overall":
            c.line([(394, 772), (500, 858), (606, 772)], lighter(cloth, 0.14), 22)
            c.box(346, 900, 654, 1080, second, round_=30, shadow=10)
            c.line([(372, 930), (318, 795)], second, 52)
            c.line([(628, 930), (682, 795)], second, 52)
            for x in (374, 626):
                c.ellipse(x, 928, 18, 18, CLOTH["brass"])
        case "roll":
            c.box(396, 700, 604, 806, lighter(cloth, 0.1), round_=44, below=cloth, shadow=8)
            for x in (436, 478, 522, 564):
                c.line([(x, 716), (x, 792)], darker(cloth, 0.12), 6)
        case "blazer":
            c.polygon([(404, 744), (500, 890), (596, 744), (640, 800), (520, 1100), (480, 1100), (360, 800)], second)
            c.blob([(430, 740), (500, 830), (570, 740), (500, 776)], neck)
            c.polygon(
                [(388, 744), (498, 1040), (430, 1080), (300, 880), (352, 856), (330, 800)],
                lighter(cloth, 0.1),
                shadow=8,
            )
            c.polygon(
                [(612, 744), (502, 1040), (570, 1080), (700, 880), (648, 856), (670, 800)],
                lighter(cloth, 0.1),
                shadow=8,
            )
        case "scarf":
            c.blob(
                [(360, 770), (420, 716), (500, 742), (580, 716), (640, 770), (604, 842), (500, 872), (396, 842)],
                second,
                below=darker(second, 0.18),
                shadow=10,
            )
            c.blob([(550, 820), (640, 836), (668, 1060), (560, 1060)], second, below=darker(second, 0.2), shadow=8)
            c.line([(396, 790), (500, 824), (604, 790)], darker(second, 0.16), 9)
        case "sailor":
            for y in range(868, 1000, 58):
                half = 330 + (y - 868) * 0.9
                c.within(_soft([*shoulders, shoulders[0]]))
                c.line([(500 - half, y + 16), (500, y + 40), (500 + half, y + 16)], second, 22)
                c.within(None)
            c.line([(390, 774), (500, 862), (610, 774)], second, 22)
        case "vee":
            c.polygon([(396, 756), (500, 930), (604, 756), (560, 740), (440, 740)], skin)
            c.line([(392, 764), (500, 934), (608, 764)], lighter(cloth, 0.18), 20, bent=False)
        case "beads":
            c.line([(394, 772), (500, 868), (606, 772)], lighter(cloth, 0.1), 18)
            for x, y in ((402, 800), (430, 838), (464, 866), (500, 878), (536, 866), (570, 838), (598, 800)):
                c.ellipse(x, y + 12, 19, 19, second, below=darker(second, 0.2))
        case _:
            pass


def _head(c: Canvas, face: Face, skin: Colour) -> None:
    wide = 12 * face.jaw
    for x in (346 - wide * 0.4, 654 + wide * 0.4):
        c.ellipse(x, 482, 34, 50, darker(skin, 0.07))
        c.ellipse(x, 486, 17, 28, darker(skin, 0.2))
    # the shadow that the chin throws on the neck
    c.within(_soft([(424, 600), (576, 600), (590, 760), (500, 840), (410, 760), (424, 600)]))
    c.ellipse(500, 640, 130, 62, darker(skin, 0.34), soft=9)
    c.within(None)
    c.blob(
        [
            (500, 232),
            (590, 250),
            (648, 330),
            (657, 450),
            (640 + wide, 560),
            (588 + wide, 648),
            (500, 690),
            (412 - wide, 648),
            (360 - wide, 560),
            (343, 450),
            (352, 330),
            (410, 250),
        ],
        lighter(skin, 0.06),
        below=darker(skin, 0.06),
    )


def _features(c: Canvas, face: Face, skin: Colour, hair: Colour) -> None:
    dark = face.skin in ("umber", "cocoa", "ebony")
    ink = "#2b1c1a"
    blush = mix(skin, "#d0543f", 0.42 if not dark else 0.3)
    for x in (408, 592):
        c.ellipse(x, 556, 44, 30, blush, soft=15, alpha=0.62)
    brow = mix(hair, ink, 0.25) if face.hair not in ("silver", "white", "flax") else darker(hair, 0.35)
    raised = 8 * face.smile
    c.line([(396, 428 - raised), (432, 412 - raised), (472, 424 - raised)], brow, 15)
    c.line([(604, 428 - raised), (568, 412 - raised), (528, 424 - raised)], brow, 15)
    if face.smile > 0.85:  # laughing eyes
        for x in (434, 566):
            c.line([(x - 30, 482), (x, 462), (x + 30, 482)], ink, 13)
    else:
        for x in (434, 566):
            if dark:
                c.ellipse(x, 474, 29, 23, "#f8ecdc")
            c.ellipse(x, 474, 18, 22, ink)
            c.ellipse(x + 6, 466, 6, 6, "#fff6e6")
    shade = darker(skin, 0.30)
    c.line([(502, 492), (516, 552), (490, 566)], shade, 11)
    drop, half = 16 + 26 * face.smile, 46 + 22 * face.smile
    if face.smile > 0.7:
        mouth: list[Point] = [
            (500 - half, 602),
            (500, 612),
            (500 + half, 602),
            (500 + half * 0.55, 602 + drop * 1.2),
            (500, 608 + drop * 1.45),
            (500 - half * 0.55, 602 + drop * 1.2),
        ]
        c.blob(mouth, "#6d2727")
        c.blob([(500 - half * 0.8, 606), (500, 612), (500 + half * 0.8, 606), (500, 628)], "#fff4e4")
    else:
        lip = mix(skin, "#8e2f2c", 0.62)
        c.line([(500 - half, 606), (500, 606 + drop), (500 + half, 606)], lip, 14)
    if face.age > 0.3:
        line = darker(skin, 0.2)
        for side in (-1, 1):
            c.line([(500 + side * 74, 574), (500 + side * 92, 604), (500 + side * 88, 632)], line, 7, alpha=face.age)
            c.line([(500 + side * 118, 486), (500 + side * 136, 500)], line, 6, alpha=face.age)
        c.line([(444, 356), (500, 346), (556, 356)], line, 6, alpha=face.age * 0.8)


def _beard(c: Canvas, face: Face, hair: Colour) -> None:
    wide = 12 * face.jaw
    deep = darker(hair, 0.12)
    match face.beard:
        case "full":
            c.blob(
                [
                    (346, 500),
                    (372, 560),
                    (420, 584),
                    (500, 578),
                    (580, 584),
                    (628, 560),
                    (654, 500),
                    (652 + wide, 610),
                    (600 + wide, 704),
                    (500, 742),
                    (400 - wide, 704),
                    (348 - wide, 610),
                ],
                hair,
                below=deep,
                shadow=6,
            )
            c.blob([(440, 604), (500, 612), (560, 604), (536, 640), (500, 650), (464, 640)], "#7a3330")
            c.blob([(446, 602), (500, 610), (554, 602), (500, 622)], "#fff4e4")
        case "short":
            c.blob(
                [
                    (348, 510),
                    (380, 590),
                    (430, 588),
                    (500, 580),
                    (570, 588),
                    (620, 590),
                    (652, 510),
                    (644 + wide, 590),
                    (592 + wide, 670),
                    (500, 706),
                    (408 - wide, 670),
                    (356 - wide, 590),
                ],
                hair,
                alpha=0.86,
            )
            c.line([(450, 612), (500, 632), (550, 612)], "#8a403a", 16)
        case "moustache":
            c.blob(
                [(404, 606), (450, 578), (500, 584), (550, 578), (596, 606), (548, 606), (500, 600), (452, 606)],
                hair,
                below=deep,
            )
        case "goatee":
            c.blob([(444, 650), (500, 640), (556, 650), (540, 716), (500, 736), (460, 716)], hair, below=deep)
            c.line([(446, 588), (500, 578), (554, 588)], hair, 20)
        case "stubble":
            c.blob(
                [
                    (352, 520),
                    (410, 600),
                    (500, 584),
                    (590, 600),
                    (648, 520),
                    (640 + wide, 590),
                    (590 + wide, 660),
                    (500, 692),
                    (410 - wide, 660),
                    (360 - wide, 590),
                ],
                hair,
                alpha=0.26,
                soft=6,
            )
            c.line([(450, 608), (500, 632), (550, 608)], "#8a403a", 14)
        case _:
            pass


def _hair_behind(c: Canvas, face: Face, hair: Colour) -> None:
    deep = darker(hair, 0.22)
    match face.cut:
        case "long":
            c.blob(
                [
                    (500, 180),
                    (650, 220),
                    (712, 400),
                    (716, 640),
                    (742, 860),
                    (640, 900),
                    (360, 900),
                    (258, 860),
                    (284, 640),
                    (288, 400),
                    (350, 220),
                ],
                deep,
                shadow=10,
            )
        case "bob":
            c.blob(
                [
                    (500, 180),
                    (660, 226),
                    (720, 400),
                    (724, 600),
                    (690, 704),
                    (560, 700),
                    (440, 700),
                    (310, 704),
                    (276, 600),
                    (280, 400),
                    (340, 226),
                ],
                deep,
                shadow=10,
            )
        case "afro":
            for x, y, r in (
                (500, 310, 210),
                (350, 350, 150),
                (650, 350, 150),
                (300, 480, 130),
                (700, 480, 130),
                (400, 210, 150),
                (600, 210, 150),
            ):
                c.ellipse(x, y, r, r, hair, below=deep)
        case "curls":
            for x, y, r in (
                (310, 330, 100),
                (690, 330, 100),
                (278, 470, 96),
                (722, 470, 96),
                (290, 600, 90),
                (710, 600, 90),
                (330, 700, 72),
                (670, 700, 72),
            ):
                c.ellipse(x, y, r, r, hair, below=deep)
        case "bun":
            c.ellipse(500, 160, 96, 88, hair, below=deep, shadow=8)
        case "tail":
            c.blob([(640, 260), (760, 320), (800, 520), (760, 720), (700, 640), (690, 440)], deep, shadow=8)
        case "braids":
            for side in (-1, 1):
                for step in range(6):
                    c.ellipse(500 + side * (188 - step * 3), 590 + step * 64, 46, 40, mix(hair, deep, step % 2))
        case "locks":
            for side in (-1, 1):
                for step in range(4):
                    x = 500 + side * (130 + step * 34)
                    c.line(
                        [(x - side * 20, 300), (x + side * 12, 520), (x, 800 - step * 34)],
                        mix(hair, deep, step % 2),
                        44,
                    )
        case "hijab":
            cloth = CLOTH[face.second]
            c.blob(
                [
                    (500, 170),
                    (660, 220),
                    (722, 400),
                    (716, 600),
                    (760, 800),
                    (820, 960),
                    (500, 1010),
                    (180, 960),
                    (240, 800),
                    (284, 600),
                    (278, 400),
                    (340, 220),
                ],
                cloth,
                below=darker(cloth, 0.2),
                shadow=12,
            )
        case _:
            pass


def _hair_before(c: Canvas, face: Face, hair: Colour) -> None:
    deep = darker(hair, 0.16)
    shine = lighter(hair, 0.2)
    crown: list[Point] = [(330, 470), (320, 340), (372, 232), (500, 186), (628, 232), (680, 340), (670, 470)]
    match face.cut:
        case "short":
            c.blob([*crown, (640, 400), (622, 330), (560, 300), (450, 318), (392, 320), (362, 400)], hair, below=deep)
            c.line([(420, 244), (500, 224), (580, 244)], shine, 12, alpha=0.5)
        case "side":
            c.blob([*crown, (644, 390), (606, 318), (520, 330), (424, 268), (392, 330), (362, 400)], hair, below=deep)
            c.line([(430, 262), (530, 222), (612, 262)], shine, 12, alpha=0.5)
        case "quiff":
            c.blob(
                [
                    (334, 450),
                    (322, 340),
                    (380, 220),
                    (520, 140),
                    (660, 190),
                    (676, 320),
                    (668, 450),
                    (640, 390),
                    (612, 318),
                    (500, 292),
                    (400, 316),
                    (360, 390),
                ],
                hair,
                below=deep,
            )
            c.line([(430, 240), (520, 186), (620, 212)], shine, 14, alpha=0.5)
        case "thin":
            for side in (-1, 1):
                c.blob(
                    [
                        (500 + side * 166, 340),
                        (500 + side * 192, 420),
                        (500 + side * 176, 500),
                        (500 + side * 146, 420),
                    ],
                    hair,
                )
        case "bald":
            c.ellipse(450, 300, 46, 20, "#fff3e2", soft=10, alpha=0.35)
        case "crop":
            c.blob(
                [*crown, (648, 420), (630, 346), (590, 308), (500, 296), (410, 308), (370, 346), (352, 420)],
                hair,
                below=mix(hair, deep, 0.5),
            )
        case "bob" | "long":
            c.blob(
                [
                    (300, 560),
                    (290, 380),
                    (350, 230),
                    (500, 176),
                    (650, 230),
                    (710, 380),
                    (700, 560),
                    (654, 470),
                    (630, 372),
                    (560, 290),
                    (480, 268),
                    (400, 360),
                    (352, 470),
                ],
                hair,
                below=deep,
            )
            c.line([(360, 330), (410, 246), (490, 214)], shine, 14, alpha=0.5)
        case "fringe":
            c.blob(
                [
                    (286, 640),
                    (282, 400),
                    (346, 226),
                    (500, 172),
                    (654, 226),
                    (718, 400),
                    (714, 640),
                    (660, 600),
                    (650, 420),
                    (600, 396),
                    (500, 404),
                    (400, 396),
                    (350, 420),
                    (340, 600),
                ],
                hair,
                below=deep,
            )
            c.line([(370, 300), (500, 236), (630, 300)], shine, 14, alpha=0.45)
        case "afro":
            c.blob(
                [
                    (336, 430),
                    (330, 330),
                    (400, 240),
                    (500, 214),
                    (600, 240),
                    (670, 330),
                    (664, 430),
                    (620, 340),
                    (500, 300),
                    (380, 340),
                ],
                hair,
            )
            for x, y in ((380, 200), (470, 140), (560, 170), (300, 330), (690, 310), (640, 220)):
                c.ellipse(x, y, 34, 28, shine, soft=10, alpha=0.3)
        case "curls":
            for x, y, r in (
                (350, 320, 66),
                (420, 254, 74),
                (510, 230, 78),
                (596, 262, 72),
                (652, 326, 62),
                (460, 300, 44),
                (552, 304, 44),
                (338, 400, 42),
                (664, 400, 42),
            ):
                c.ellipse(x, y, r, r * 0.94, hair, below=deep)
            for x, y in ((400, 240), (500, 206), (590, 246)):
                c.line([(x - 20, y + 6), (x, y - 8), (x + 20, y + 6)], shine, 9, alpha=0.5)
        case "bun" | "tail":
            c.blob([*crown, (648, 400), (600, 312), (500, 272), (400, 312), (352, 400)], hair, below=deep)
            c.line([(410, 268), (500, 226), (590, 268)], shine, 12, alpha=0.45)
        case "braids" | "locks":
            c.blob(
                [*crown, (650, 440), (626, 350), (510, 266), (500, 270), (490, 266), (374, 350), (350, 440)],
                hair,
                below=deep,
            )
            c.line([(500, 200), (500, 268)], deep, 8)
        case "waves":
            c.blob(
                [
                    (300, 520),
                    (306, 420),
                    (330, 300),
                    (400, 214),
                    (500, 184),
                    (610, 206),
                    (680, 290),
                    (700, 420),
                    (702, 520),
                    (676, 560),
                    (650, 460),
                    (640, 380),
                    (570, 316),
                    (500, 340),
                    (420, 308),
                    (370, 380),
                    (350, 460),
                    (326, 560),
                ],
                hair,
                below=deep,
            )
            c.line([(400, 262), (480, 232), (540, 250), (610, 244)], shine, 12, alpha=0.45)
        case "hijab":
            cloth = CLOTH[face.second]
            c.blob(
                [
                    (500, 176),
                    (640, 214),
                    (706, 380),
                    (690, 560),
                    (600, 690),
                    (500, 760),
                    (400, 690),
                    (310, 560),
                    (294, 380),
                    (360, 214),
                ],
                cloth,
            )
            skin = SKIN[face.skin]
            oval: list[Point] = [
                (500, 272),
                (596, 300),
                (642, 400),
                (634, 540),
                (576, 644),
                (500, 680),
                (424, 644),
                (366, 540),
                (358, 400),
                (404, 300),
            ]
            c.blob(oval, lighter(skin, 0.04), below=darker(skin, 0.06))
            _features(c, face, skin, HAIR[face.hair])
            c.line([(320, 600), (420, 740), (620, 800)], darker(cloth, 0.18), 12)
            c.line([(380, 240), (500, 204), (620, 240)], lighter(cloth, 0.25), 12, alpha=0.6)
        case _:
            pass


def _glasses(c: Canvas, face: Face) -> None:
    rim = {"round": "#3a2a26", "gold": "#b68a3a", "wine": "#7d2b3a", "square": "#2c2a2e"}.get(face.glasses)
    if rim is None:
        return
    for x in (430, 570):
        if face.glasses == "square":
            for low, high in (((x - 56, 440), (x + 56, 440)), ((x - 50, 514), (x + 50, 514))):
                c.line([low, high], rim, 11)
            c.line([(x - 56, 440), (x - 50, 514)], rim, 11)
            c.line([(x + 56, 440), (x + 50, 514)], rim, 11)
        else:
            c.ring(x, 478, 58, 56, rim, 11)
        c.ellipse(x - 18, 458, 15, 11, "#ffffff", alpha=0.25, soft=3)
    c.line([(486, 470), (500, 462), (514, 470)], rim, 10)
    c.line([(372, 466), (346, 458)], rim, 10)
    c.line([(628, 466), (654, 458)], rim, 10)


def _hat(c: Canvas, face: Face) -> None:
    cloth = CLOTH[face.second]
    match face.hat:
        case "beanie":
            c.blob(
                [(316, 380), (320, 270), (390, 170), (500, 138), (610, 170), (680, 270), (684, 380), (500, 352)],
                cloth,
                below=darker(cloth, 0.15),
            )
            c.box(306, 320, 694, 402, lighter(cloth, 0.1), round_=38, shadow=8)
            for x in range(340, 680, 40):
                c.line([(x, 334), (x, 388)], darker(cloth, 0.14), 6)
        case "cap":
            c.blob(
                [(318, 350), (330, 250), (420, 176), (560, 168), (670, 230), (690, 340), (500, 316)],
                cloth,
                below=darker(cloth, 0.12),
            )
            c.blob(
                [(310, 352), (420, 320), (600, 320), (700, 346), (724, 388), (500, 372), (300, 392)],
                darker(cloth, 0.2),
                shadow=8,
            )
        case "turban":
            c.blob(
                [
                    (300, 400),
                    (310, 250),
                    (400, 140),
                    (500, 116),
                    (600, 140),
                    (690, 250),
                    (700, 400),
                    (610, 322),
                    (500, 296),
                    (390, 322),
                ],
                cloth,
                below=darker(cloth, 0.12),
                shadow=6,
            )
            for step in range(3):
                c.line(
                    [(330 + step * 18, 360 - step * 66), (500, 230 - step * 44), (670 - step * 18, 330 - step * 60)],
                    darker(cloth, 0.16),
                    8,
                )
            c.line([(316, 390), (430, 300), (660, 220)], lighter(cloth, 0.18), 10)
        case "kerchief":
            c.blob(
                [
                    (320, 400),
                    (330, 270),
                    (400, 186),
                    (500, 158),
                    (600, 186),
                    (670, 270),
                    (680, 400),
                    (600, 314),
                    (500, 292),
                    (400, 314),
                ],
                cloth,
                below=darker(cloth, 0.1),
            )
            for x, y in ((400, 250), (480, 214), (560, 224), (620, 280), (360, 320), (500, 268)):
                c.ellipse(x, y, 12, 12, lighter(cloth, 0.5))
        case "straw":
            c.ellipse(500, 336, 340, 66, "#d9b56a", below="#c39a4c", shadow=10)
            c.blob(
                [(346, 330), (366, 210), (440, 160), (560, 160), (634, 210), (654, 330), (500, 352)],
                "#e2c27c",
                below="#d0a95c",
            )
            c.line([(348, 318), (500, 344), (652, 318)], cloth, 34)
        case "wool":
            c.blob([(330, 340), (340, 220), (500, 130), (660, 220), (670, 340), (500, 318)], cloth)
            c.ellipse(500, 128, 56, 52, lighter(cloth, 0.3))
            c.box(318, 300, 682, 380, lighter(cloth, 0.22), round_=34, shadow=8)
        case _:
            pass
