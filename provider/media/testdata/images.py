#!/usr/bin/env python3
"""Draws the images of this folder. Needs Pillow: the standard library of Go
writes neither WebP nor CMYK. Run it in this folder; the tests compare pixels, so
that another version of Pillow may write other bytes."""

import math

from PIL import Image, PngImagePlugin


def scene(width, height):
    """A landscape with noise, red, green, blue and white in the corners that are
    seen at the upper left, upper right, lower left and lower right."""
    im = Image.new("RGB", (width, height))
    px = im.load()
    state = 1
    for y in range(height):
        for x in range(width):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            noise = (state >> 16) % 9 - 4
            hill = height * (0.55 + 0.1 * math.sin(x / width * 9))
            if y < hill:
                c = (90 + 80 * y // height, 140 + 60 * y // height, 220)
            else:
                c = (60 + 40 * x // width, 130 - 60 * y // height + 30, 50)
            px[x, y] = tuple(max(0, min(255, v + noise)) for v in c)
    side = min(width, height) // 5
    for c, at in [
        ((230, 20, 20), (0, 0)),
        ((20, 200, 20), (width - side, 0)),
        ((20, 20, 220), (0, height - side)),
        ((250, 250, 250), (width - side, height - side)),
    ]:
        im.paste(c, (*at, at[0] + side, at[1] + side))
    return im


def exif(orientation):
    tags = Image.Exif()
    tags[0x010F] = "Secret Camera Maker"
    tags[0x0112] = orientation
    tags[0x8825] = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}
    return tags


photo = scene(360, 480)
# Stored on its side, as a phone does: orientation 6 turns it back.
photo.transpose(Image.Transpose.ROTATE_90).save(
    "photo.jpg", quality=88, exif=exif(6), comment=b"Secret comment", progressive=True
)
scene(200, 120).convert("CMYK").save("cmyk.jpg", quality=90)
# How blocks are coded: with restarts, or in scans that refine others.
scene(90, 70).save("restarts.jpg", quality=75, subsampling=2, restart_marker_blocks=4)
scene(90, 70).save("progressive.jpg", quality=75, subsampling=2, progressive=True)
scene(160, 100).save("lossy.webp", quality=85, exif=exif(3), xmp=b"<x:xmpmeta>Secret place</x:xmpmeta>")

veil = scene(120, 80).convert("RGBA")
veil.putalpha(Image.linear_gradient("L").rotate(90).resize(veil.size))
text = PngImagePlugin.PngInfo()
text.add_text("Comment", "Secret comment")
text.add_itxt("XML:com.adobe.xmp", "Secret place")
veil.save("alpha.png", pnginfo=text, exif=exif(1))
veil.save("alpha-lossy.webp", quality=85)
veil.save("alpha-lossless.webp", lossless=True)
Image.new("RGB", (1, 1), (200, 30, 60)).save("dot.png")

frames = []
for i in range(500):
    frame = Image.new("P", (48, 32), 0)
    frame.putpalette([250, 250, 250, 200, 30, 60])
    frame.paste(1, (0, 0, 8, 16))
    frame.putpixel((i % 48, 16 + i // 48), 1)  # Pillow leaves out a frame that repeats another
    frame.info["comment"] = b"Secret comment"
    frames.append(frame)
frames[0].save("frames500.gif", save_all=True, append_images=frames[1:], duration=20, loop=0, comment=b"Secret comment")

first, second = scene(64, 48), Image.new("RGB", (64, 48), (0, 0, 0))
first.save("animated.webp", save_all=True, append_images=[second, first], duration=100, quality=85)
# A first frame that covers a part of the canvas only: Pillow crops what is
# transparent around it.
part = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
part.paste((200, 30, 60, 255), (20, 10, 40, 30))
part.save("animated-part.webp", save_all=True, append_images=[second.convert("RGBA")], lossless=True, duration=100)
