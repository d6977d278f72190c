import uPlot from "uplot";
import { Points } from "./points";
import { h, replace } from "./dom";
import { euros, kindNames, parameters, plural, shorten, tokens, unit } from "./format";
import { inputTokens, kinds, outputTokens, type Model } from "./model";
import { colour, onTheme } from "./theme";

/** A model with its place in the plot. */
export interface Point {
  model: Model;
  x: number;
  y: number;
}

const mostNamed = 40,
  mostInWords = 500;

const sizes = {
  params: { name: "Parameters", of: (m: Model) => m.paramsB, show: parameters },
  context: { name: "Context, tokens", of: (m: Model) => m.context, show: tokens },
} as const;

/** Price against size, both on log axes, with a button on each point and the whole in words. */
export class Plot {
  readonly element: HTMLElement;
  readonly #canvas = h("div", { class: "canvas" });
  readonly #legend = h("ul", { class: "legend", "aria-hidden": "true" });
  readonly #beneath = h("div", { class: "beneath" });
  readonly #size = h(
    "select",
    { id: "size", onchange: () => this.#draw() },
    ...Object.entries(sizes).map(([value, s]) => h("option", { value }, s.name)),
  );
  readonly #unit = h("select", { id: "unit", onchange: () => this.#draw() });
  readonly #points: Points;
  #models: Model[] = [];
  #plot: uPlot | undefined;
  #width = 0;

  constructor(open: (model: Model) => void) {
    this.#points = new Points(open, p => this.#words(p));
    this.element = h(
      "div",
      { class: "plot" },
      h(
        "div",
        { class: "axes" },
        h("div", { class: "field" }, h("label", { for: "unit" }, "Price"), this.#unit),
        h("div", { class: "field" }, h("label", { for: "size" }, "Against"), this.#size),
      ),
      this.#legend,
      this.#canvas,
      this.#beneath,
    );
    new ResizeObserver(() => {
      if (this.#canvas.clientWidth !== this.#width && this.#canvas.clientWidth > 0) this.#draw();
    }).observe(this.#canvas);
    onTheme(() => {
      if (this.element.isConnected) this.#draw();
    });
  }

  show(models: Model[]): void {
    this.#models = models;
    const present = new Set(models.flatMap(m => m.prices.map(p => p.unit)));
    const offered = [inputTokens, outputTokens, ...[...present].filter(u => u !== inputTokens && u !== outputTokens)];
    const chosen = this.#unit.value || inputTokens;
    this.#unit.replaceChildren(...offered.slice(0, 20).map(u => h("option", { value: u }, `EUR ${unit(u).long}`)));
    this.#unit.value = offered.includes(chosen) ? chosen : inputTokens;
    this.#draw();
  }

  get #axis() {
    return sizes[this.#size.value as keyof typeof sizes];
  }

  #words(p: Point): string {
    return (
      `${shorten(p.model.id)}: ${this.#axis.show(p.x)} ${this.#axis === sizes.params ? "parameters" : "tokens of context"}, ` +
      `${euros(p.y)} ${unit(this.#unit.value).long}`
    );
  }

  #draw(): void {
    const { points, missing } = this.#split();
    this.#width = this.#canvas.clientWidth;
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#canvas.replaceChildren();
    const present = kinds.filter(k => points.some(p => p.model.kind === k));
    replace(this.#legend, ...present.map(k => h("li", { class: "kind-mark", "data-kind": k || "unknown" }, kindNames[k])));
    if (points.length > 0 && this.#width > 0) this.#plot = this.#make(points, present);
    else if (points.length === 0) this.#canvas.append(h("p", { class: "none" }, "No model has both figures."));
    this.#describe(points, missing);
  }

  #split() {
    const points: Point[] = [],
      missing = new Map<string, Model[]>();
    for (const model of this.#models) {
      const x = this.#axis.of(model),
        y = model.prices.find(p => p.unit === this.#unit.value)?.eur;
      if (x && y) {
        points.push({ model, x, y });
        continue;
      }
      const why =
        y === undefined
          ? `without a price ${unit(this.#unit.value).long}`
          : y === 0
            ? "free, which a log axis has no place for"
            : this.#axis === sizes.params
              ? "of unknown size"
              : "of unknown context";
      const others = missing.get(why);
      if (others) others.push(model);
      else missing.set(why, [model]);
    }
    points.sort((a, b) => a.x - b.x || a.y - b.y);
    return { points, missing };
  }

  #make(points: Point[], present: Model["kind"][]): uPlot {
    const grid = { stroke: colour("--line"), width: 1 },
      ink = colour("--muted"),
      font = "12px system-ui, sans-serif";
    // Thousands of small dots without a rim are drawn several times as fast, and hide less of each other.
    const dots = points.length > 1000 ? { size: 5, width: 0 } : { size: 10, width: 1.5 };
    const byTwo = this.#axis === sizes.context;
    const data: uPlot.AlignedData = [points.map(p => p.x), ...present.map(k => points.map(p => (p.model.kind === k ? p.y : null)))];
    const plot = new uPlot(
      {
        width: this.#width,
        height: Math.round(Math.min(600, Math.max(320, this.#width * 0.5))),
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, distr: 3, range: (_, min, max) => [min / 1.6, max * 1.8] },
          y: { distr: 3, range: (_, min, max) => [min / 1.8, max * 1.8] },
        },
        axes: [
          {
            stroke: ink,
            font,
            grid,
            ticks: grid,
            label: this.#axis.name,
            labelFont: font,
            labelSize: 20,
            size: 36,
            splits: (u, _, min, max) => spread(steps(min, max, byTwo), u.bbox.width / devicePixelRatio / 56),
            filter: (_, splits) => splits,
            values: (_, splits) => splits.map(v => this.#axis.show(v)),
          },
          {
            stroke: ink,
            font,
            grid,
            ticks: grid,
            label: `EUR ${unit(this.#unit.value).long}`,
            labelFont: font,
            labelSize: 20,
            size: 58,
            splits: (u, _, min, max) => spread(steps(min, max, false), u.bbox.height / devicePixelRatio / 34),
            filter: (_, splits) => splits,
            values: (_, splits) => splits.map(v => euros(v)),
          },
        ],
        series: [
          {},
          ...present.map((k): uPlot.Series => ({
            paths: () => null,
            points: { show: true, ...dots, fill: colour(`--kind-${k || "unknown"}`), stroke: colour("--surface") },
          })),
        ],
        hooks: { draw: [u => this.#points.draw(u, points)] },
      },
      data,
      this.#canvas,
    );
    for (const canvas of this.#canvas.querySelectorAll("canvas")) canvas.setAttribute("aria-hidden", "true");
    return plot;
  }

  #describe(points: Point[], missing: Map<string, Model[]>): void {
    const rest = [...missing].map(([why, models]) => {
      const names = models.slice(0, mostNamed).map(m => shorten(m.id));
      const others = models.length > mostNamed && ` and ${plural(models.length - mostNamed, "other")}`;
      return h("p", {}, h("strong", {}, `Not shown, ${why}: `), h("bdi", {}, names.join(", ")), others);
    });
    const beyond =
      points.length > Points.most &&
      h("p", {}, `The first ${Points.most} points can be reached by keyboard. Filter the models to reach others, or show them as a table.`);
    replace(this.#beneath, beyond, ...rest, points.length > 0 && this.#inWords(points));
  }

  // The list is made when it is wanted, and stays open while the filters change.
  #inWords(points: Point[]): HTMLElement {
    const list = h("ul", {});
    const details = h("details", {}, h("summary", {}, `The plot in words (${plural(points.length, "point")})`), list);
    details.addEventListener("toggle", () => {
      if (!details.open || list.firstChild) return;
      const more = points.length > mostInWords && h("li", {}, `and ${plural(points.length - mostInWords, "other")}`);
      replace(list, ...points.slice(0, mostInWords).map(p => h("li", {}, h("bdi", {}, this.#words(p)))), more);
    });
    details.open = this.#beneath.querySelector("details")?.open ?? false;
    return details;
  }
}

/** Returns the values of ticks: powers of two, or 1, 2 and 5 of each power of ten. */
function steps(min: number, max: number, byTwo: boolean): number[] {
  const found: number[] = [],
    base = byTwo ? 2 : 10;
  for (let power = Math.floor(Math.log(min) / Math.log(base)); base ** power <= max; power++) {
    for (const factor of byTwo ? [1] : [1, 2, 5]) {
      const value = Number((factor * base ** power).toPrecision(6));
      if (value >= min && value <= max) found.push(value);
    }
  }
  return found;
}

/** Leaves out so many of the ticks that the rest has room. */
function spread(values: number[], room: number): number[] {
  const every = Math.ceil(values.length / Math.max(2, room));
  return values.filter((_, i) => i % every === 0);
}
