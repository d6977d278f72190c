import type uPlot from "uplot";
import { h } from "./dom";
import { shorten } from "./format";
import type { Point } from "./plot";
import { colour } from "./theme";

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The names and buttons of a plot's points. */
export class Points {
  static readonly most = 150; // buttons
  readonly #open: (model: Point["model"]) => void;
  readonly #words: (point: Point) => string;

  constructor(open: (model: Point["model"]) => void, words: (point: Point) => string) {
    this.#open = open;
    this.#words = words;
  }

  draw(plot: uPlot, points: Point[]): void {
    this.#drawNames(plot, points);
    this.#placeButtons(plot, points);
  }

  // A name is drawn where it covers nothing, else left out; its button still shows it.
  #drawNames(plot: uPlot, points: Point[]): void {
    const { ctx, bbox } = plot,
      scale = devicePixelRatio,
      height = 14 * scale,
      gap = 8 * scale;
    const taken: Box[] = points.slice(0, 2000).map(p => around(plot.valToPos(p.x, "x", true), plot.valToPos(p.y, "y", true), 5 * scale));
    ctx.save();
    ctx.font = `${11 * scale}px system-ui, sans-serif`;
    ctx.fillStyle = colour("--ink");
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (const point of points.slice(0, Points.most)) {
      const x = plot.valToPos(point.x, "x", true),
        y = plot.valToPos(point.y, "y", true);
      const name = shorten(point.model.id, 32);
      const width = ctx.measureText(name).width;
      const places: [number, number][] = [
        [x + gap, y],
        [x - gap - width, y],
        [x - width / 2, y - gap * 1.7],
        [x - width / 2, y + gap * 1.7],
      ];
      for (const [left, middle] of places) {
        const box = { left, top: middle - height / 2, right: left + width, bottom: middle + height / 2 };
        if (!within(box, bbox) || taken.some(t => overlaps(t, box))) continue;
        ctx.fillText(name, left, middle);
        taken.push(box);
        break;
      }
    }
    ctx.restore();
  }

  #placeButtons(plot: uPlot, points: Point[]): void {
    const buttons = points.slice(0, Points.most).map((point, i) => {
      const words = this.#words(point);
      const button = h(
        "button",
        { type: "button", class: "point", tabindex: i === 0 ? 0 : -1, "aria-label": words, onclick: () => this.#open(point.model) },
        h("span", { "aria-hidden": "true" }, words),
      );
      const x = plot.valToPos(point.x, "x");
      button.style.left = `${x}px`;
      button.style.top = `${plot.valToPos(point.y, "y")}px`;
      if (x > plot.over.clientWidth / 2) button.classList.add("leftwards");
      return button;
    });
    const group = h(
      "div",
      {
        class: "points",
        role: "group",
        "aria-label": "Points; the arrow keys go from one to the next",
        onkeydown: (e: KeyboardEvent) => move(e, buttons),
      },
      ...buttons,
    );
    plot.over.replaceChildren(group);
    plot.over.onclick = event => this.#openNearest(event, plot, points);
  }

  // Points without a button can be clicked all the same.
  #openNearest(event: MouseEvent, plot: uPlot, points: Point[]): void {
    if (event.target instanceof Element && event.target.closest("button")) return;
    const edge = plot.over.getBoundingClientRect(),
      x = event.clientX - edge.left,
      y = event.clientY - edge.top;
    let nearest: Point | undefined,
      least = 12;
    for (const point of points) {
      const distance = Math.hypot(plot.valToPos(point.x, "x") - x, plot.valToPos(point.y, "y") - y);
      if (distance < least) [nearest, least] = [point, distance];
    }
    if (nearest) this.#open(nearest.model);
  }
}

function move(event: KeyboardEvent, buttons: HTMLButtonElement[]): void {
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  const next = to === undefined ? undefined : buttons[Math.min(Math.max(to, 0), buttons.length - 1)];
  if (!next) return;
  event.preventDefault();
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
}

function around(x: number, y: number, by: number): Box {
  return { left: x - by, top: y - by, right: x + by, bottom: y + by };
}

function within(box: Box, of: uPlot.BBox): boolean {
  return box.left >= of.left && box.right <= of.left + of.width && box.top >= of.top && box.bottom <= of.top + of.height;
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}
