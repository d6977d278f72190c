"""Pictures as Pillow and ImageMagick write them: every format, orientation, depth and damage, with what goes out checked by pixels:
python pictures.py BIN. ImageMagick's part is skipped where it is not installed.
"""

import base64
import io
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

BIN = sys.argv[1]
ORIENTATION = 0x0112


class Upstream(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that keeps the images of each request, by the number in its prompt."""

    sent = {}

    def do_GET(self):
        self.send_error(404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        parts = body["messages"][-1]["content"]
        case = next(part["text"] for part in parts if part["type"] == "text")
        Upstream.sent[case] = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for delta, reason in (({"content": "seen"}, None), ({}, "stop")):
            event = {"object": "chat.completion.chunk", "model": body["model"], "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_):
        pass


def scene(width=96, height=64):
    """A picture without any symmetry: corners of four colours on a gradient."""
    picture = Image.merge("RGB", [
        Image.linear_gradient("L").resize((width, height)),
        Image.linear_gradient("L").rotate(90).resize((width, height)),
        Image.radial_gradient("L").resize((width, height)),
    ])
    draw = ImageDraw.Draw(picture)
    x, y = width // 4, height // 4
    for box, colour in (
        ((0, 0, x, y), (230, 20, 20)), ((width - x, 0, width, y), (20, 200, 20)),
        ((0, height - y, x, height), (20, 20, 220)), ((width - x, height - y, width, height), (250, 250, 250)),
    ):
        draw.rectangle(box, fill=colour)
    return picture


def save(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


class Case:
    """A file, and what is to be sent of it: pixels within a mean difference, or an error that says something."""

    def __init__(self, name, data, expect=None, mean=1.0, rows=(0.0, 1.0), says=None, warns=(), count=1):
        self.name, self.data, self.mean, self.rows, self.says, self.warns, self.count = name, data, mean, rows, says, warns, count
        self.expect = expect if expect is not None or says else ImageOps.exif_transpose(Image.open(io.BytesIO(data)))

    def run(self, number, folder, url):
        path = Path(folder) / f"{number} {re.sub('[^a-z0-9]+', '_', self.name.lower())}"
        path.write_bytes(self.data)
        arguments = {"image": str(path), "prompt": f"case {number}", "model": "Qwen2.5-VL-72B-Instruct"}
        environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        done = subprocess.run(
            [BIN, "call", "describe-image", json.dumps(arguments), "--json", "--allow-dir", folder, "--base-url", f"{url}/v1",
             "--catalog-url", f"{url}/none", "--rate-limit", "off", "--max-wait", "1s", "--cache-dir", f"{folder}/cache"],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )
        result = json.loads(done.stdout)
        try:
            self.judge(result, Upstream.sent.get(f"case {number}"))
        except AssertionError as wrong:
            return f"{self.name}: {wrong}"
        return None

    def judge(self, result, sent):
        failed = result.get("error")
        if self.says:
            assert failed and failed["code"] == "image_unreadable", f"not refused as unreadable: {result}"
            assert re.search(self.says, failed["message"] + failed["hint"]), f"the error does not say {self.says}: {failed}"
            assert sent is None, "it was sent all the same"
            return
        assert not failed, f"refused: {failed}"
        codes = [warning["code"] for warning in result.get("warnings", []) if warning["code"].startswith("image_")]
        assert codes == list(self.warns), f"warnings {codes}"
        assert len(sent) == len(result["images"]) == self.count, f"{len(sent)} pictures were sent"
        pictures = [self.received(url, said) for url, said in zip(sent, result["images"])]
        if self.count == 1:
            compare(pictures[0], self.expect, self.mean, self.rows)
        else:
            check_tiles(pictures, self.expect)

    def received(self, url, said):
        head, data = url.split(",", 1)
        data = base64.b64decode(data)
        picture = Image.open(io.BytesIO(data))
        picture.load()
        assert head == f"data:{Image.MIME[picture.format]};base64" == f"data:{said['media_type']};base64", f"a {picture.format} as {head}"
        assert picture.format in ("PNG", "JPEG", "GIF", "WEBP"), f"models do not take {picture.format}"
        assert picture.size == (said["width"], said["height"]) and len(data) == said["bytes"], f"{picture.size} is said to be {said}"
        assert not picture.mode.startswith("I") and picture.mode != "CMYK", f"mode {picture.mode}"
        assert picture.format != "PNG" or data[24] <= 8, f"{data[24]} bits"
        assert picture.getexif().get(ORIENTATION, 1) == 1 and b"Secret" not in data, "metadata was sent"
        return picture


def on_white(picture):
    """What an engine shows a model: Qwen's and vLLM's put transparent pictures on white."""
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def compare(got, want, mean, rows):
    assert got.size == want.size, f"{got.size} was sent, not {want.size}"
    box = (0, int(rows[0] * want.height), want.width, int(rows[1] * want.height))
    difference = ImageStat.Stat(ImageChops.difference(on_white(got).crop(box), on_white(want).crop(box)))
    assert max(difference.mean) <= mean, f"channels differ by {[round(m, 1) for m in difference.mean]}"


def check_tiles(tiles, whole):
    """Tiles show a picture whose rows get lighter downwards, in order and with nothing left out."""
    end = 0
    for tile in tiles:
        grey = tile.convert("L")
        first, last = grey.getpixel((3, 0)), grey.getpixel((3, tile.height - 1))
        assert end - 4 <= first <= end < last, f"a tile shows {first} to {last} after {end}"
        assert max(tile.size) <= 2048 and tile.width > 400, f"a tile of {tile.size}"
        end = last
    assert end >= 253, f"the last tile ends at {end}"


def with_orientation(picture, kind, orientation, **options):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = "Secret"
    return save(picture, kind, exif=exif, **options)


def orientations():
    # Every side differs, so that any confusion of the eight shows.
    for kind, orientation in itertools.product(("JPEG", "PNG", "WEBP", "TIFF"), range(1, 9)):
        options = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
        yield Case(f"{kind}, orientation {orientation}", with_orientation(scene(), kind, orientation, **options), mean=2)


def depths():
    picture = scene()
    veiled = picture.copy()
    veiled.putalpha(Image.linear_gradient("L").resize(picture.size))
    grey, bits, colours = picture.convert("L"), picture.convert("1"), picture.quantize(16)
    deep = Image.frombytes("I;16", picture.size, bytes(itertools.chain.from_iterable((7, value) for value in grey.tobytes())))
    for mode, drawn in {"1": bits, "L": grey, "LA": veiled.convert("LA"), "P": colours, "RGB": picture, "RGBA": veiled, "I;16": deep}.items():
        yield Case(f"PNG {mode}", save(drawn, "PNG"))
    yield Case("PNG P with a transparent colour", save(colours, "PNG", transparency=3))
    for mode, drawn in {"1": bits, "L": grey, "P": colours, "RGB": picture}.items():
        yield Case(f"BMP {mode}", save(drawn, "BMP"))
        yield Case(f"GIF {mode}", save(drawn, "GIF"))
    for mode, drawn in {"1": bits, "L": grey, "P": picture.quantize(256), "RGB": picture, "RGBA": veiled, "I;16": deep}.items():
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits") + (("group3", "group4") if mode == "1" else ()):
            yield Case(f"TIFF {mode} {compression}", save(drawn, "TIFF", compression=compression))
    for mode, drawn in {"L": grey, "RGB": picture, "CMYK": picture.convert("CMYK")}.items():
        for progressive in (False, True):
            yield Case(f"JPEG {mode}, progressive {progressive}", save(drawn, "JPEG", quality=95, progressive=progressive), mean=4)
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        yield Case(f"JPEG {subsampling}", save(picture, "JPEG", quality=95, subsampling=subsampling), mean=3)
    for name, drawn, options in (("lossless", picture, {"lossless": True}), ("lossy", picture, {"quality": 90}), ("alpha", veiled, {"lossless": True})):
        yield Case(f"WebP {name}", save(drawn, "WEBP", **options), mean=4)


def pages():
    picture, other = scene(), Image.new("RGB", (96, 64), "red")
    for kind in ("TIFF", "GIF", "WEBP", "PNG"):
        options = {"WEBP": {"lossless": True}}.get(kind, {})
        yield Case(f"{kind}, two pages", save(picture, kind, save_all=True, append_images=[other], **options), mean=2, warns=("image_first_frame",))


def damages():
    picture = Image.effect_noise((96, 128), 80).convert("RGB")  # as many bytes in each row
    early = Image.open(io.BytesIO(save(picture, "JPEG", quality=90)))
    for kind, options in (
        ("PNG", {}), ("JPEG", {"quality": 90}), ("JPEG", {"quality": 90, "restart_marker_rows": 1}), ("GIF", {}), ("BMP", {}),
        ("TIFF", {"strip_size": 2000}), ("WEBP", {"quality": 90}),
    ):
        data = save(picture, kind, **options)
        want = Image.open(io.BytesIO(data))
        # BMP is stored from below. The frame of WebP has its modes in front, its pixels behind.
        rows = {"BMP": (0.6, 1.0), "WEBP": (0.0, 0.2)}.get(kind, (0.0, 0.4))
        yield Case(f"{kind} {options}, cut at 70 %", data[: len(data) * 7 // 10], want, mean=4, rows=rows)
    photo = save(picture, "JPEG", quality=90, progressive=True)
    yield Case("JPEG, progressive, cut at 90 %", photo[: len(photo) * 9 // 10], early, mean=12)
    yield Case("JPEG without its end", save(scene(), "JPEG", quality=95)[:-2], scene(), mean=4)
    png = bytearray(save(scene(), "PNG"))
    png[-14] ^= 1  # of the checksum of the pixels
    yield Case("PNG with a bad checksum", bytes(png), scene())
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        yield Case(f"{kind}, only its first 24 bytes", save(picture, kind)[:24], says="(?i)image/(png|jpeg|gif|bmp|tiff|webp).*(ends too early|malformed)")


def long_ones():
    high = Image.linear_gradient("L").resize((1290, 30000)).convert("RGB")
    yield Case("a long screenshot", save(high, "PNG"), high, warns=("image_resized",), count=5)
    wide = Image.linear_gradient("L").resize((600, 9000))
    yield Case("a long JPEG on its side", with_orientation(wide.rotate(90, expand=True), "JPEG", 6), wide, warns=("image_resized",), count=5)


def refused():
    for kind, says in (("AVIF", "an AVIF image.*sips"), ("JPEG2000", "a JPEG 2000 image.*magick"), ("ICO", "an icon"), ("PDF", "a PDF.*PNG")):
        yield Case(f"{kind}", save(scene(), kind), says=says)
    yield Case("TIFF, CMYK", save(scene().convert("CMYK"), "TIFF"), says="image/tiff.*sips")
    yield Case("TIFF, JPEG in it", save(scene(), "TIFF", compression="jpeg"), says="image/tiff.*magick")


def imagemagick():
    """ImageMagick's name here, or None."""
    for name in ("magick", "convert-im6.q16", "convert"):
        try:
            if "Version: ImageMagick" in subprocess.run([name, "-version"], capture_output=True, text=True, check=False).stdout:
                return name
        except OSError:
            pass
    return None


def magick_cases(magick):
    source = save(scene(), "PNG")

    def made(target, *options):
        return subprocess.run([magick, "png:-", *options, f"{target}:-"], input=source, capture_output=True, check=True).stdout

    def read(target, data):
        out = subprocess.run([magick, f"{target}:-", "-auto-orient", "-colorspace", "sRGB", "png32:-"], input=data, capture_output=True, check=True)
        return Image.open(io.BytesIO(out.stdout))

    for target, mean, options in (
        ("png48", 1, ()), ("png64", 1, ()), ("png8", 1, ()), ("png", 1, ("-colorspace", "gray", "-depth", "16")), ("png", 1, ("-interlace", "PNG")),
        ("bmp", 1, ()), ("bmp3", 1, ()), ("bmp3", 1, ("-monochrome",)), ("bmp", 1, ("-alpha", "set", "-channel", "A", "-evaluate", "multiply", "0.5")),
        ("tiff", 1, ("-depth", "16")), ("tiff", 1, ("-depth", "8", "-compress", "lzw")), ("tiff", 1, ("-depth", "8", "-compress", "zip")),
        ("tiff", 1, ("-monochrome", "-compress", "group4")), ("tiff", 1, ("-colorspace", "gray", "-depth", "16", "-endian", "MSB")),
        ("jpeg", 4, ("-colorspace", "cmyk", "-quality", "95")), ("jpeg", 4, ("-sampling-factor", "4:1:1", "-quality", "95")),
        ("jpeg", 3, ("-colorspace", "gray",)), ("gif", 1, ("-interlace", "GIF")), ("jpeg", 4, ("-interlace", "JPEG", "-quality", "95")),
    ):
        data = made(target, *options)
        # Of a BMP of one bit, ImageMagick 6 reads random alpha: Pillow does not.
        expect = None if target == "bmp3" else read(re.sub("[0-9]", "", target), data)
        yield Case(f"ImageMagick {target} {' '.join(options)}", data, expect, mean=mean)
    for orientation in ("top-right", "bottom-right", "bottom-left", "left-top", "right-top", "right-bottom", "left-bottom"):
        data = made("tiff", "-orient", orientation, "-depth", "8")
        yield Case(f"ImageMagick TIFF, {orientation}", data, read("tiff", data))


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    cases = [*orientations(), *depths(), *pages(), *damages(), *long_ones(), *refused()]
    if magick := imagemagick():
        cases += magick_cases(magick)
    else:
        print("ImageMagick is not installed: its pictures are skipped")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(4) as pool:
        failures = [wrong for wrong in pool.map(lambda c: c[1].run(c[0], folder, url), enumerate(cases)) if wrong]
    server.shutdown()
    for wrong in failures:
        print("FAIL", wrong)
    print(f"{len(cases) - len(failures)} of {len(cases)} pictures went out as they should")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
