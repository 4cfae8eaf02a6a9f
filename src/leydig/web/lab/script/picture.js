/* The curves as one picture. The shapes are drawn anew on a canvas, since the page's policy loads no image. */

const PICTURE = { scale: 2, margin: 16, head: 44, line: 17 };

/* Draws one shape of a plot as it looks on the page. */
function paintShape(context, shape) {
  const style = getComputedStyle(shape), at = name => Number(shape.getAttribute(name));
  context.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
  context.lineWidth = parseFloat(style.strokeWidth); context.strokeStyle = style.stroke; context.fillStyle = style.fill;
  if (shape.tagName === "text") {
    context.font = style.font; context.textAlign = { middle: "center", end: "right" }[style.textAnchor] ?? "left";
    return context.fillText(shape.textContent, at("x"), at("y"));
  }
  const way = new Path2D(shape.tagName === "path" ? shape.getAttribute("d") : "");
  if (shape.tagName === "line") { way.moveTo(at("x1"), at("y1")); way.lineTo(at("x2"), at("y2")); }
  if (shape.tagName === "rect") way.rect(at("x"), at("y"), at("width"), at("height"));
  if (shape.tagName === "circle") way.arc(at("cx"), at("cy"), at("r"), 0, 2 * Math.PI);
  if (style.fill !== "none" && shape.tagName !== "line") context.fill(way);
  if (style.stroke !== "none") context.stroke(way);
}

/* Words in lines that are no wider than a picture. */
function wrapWords(context, text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (context.measureText(longer).width > width) lines.push(word); else lines[lines.length - 1] = longer;
  }
  return lines;
}

/* All plots beneath one another, each with its title and what its lines are, and then of whom they are. */
function pictureOf(figures, sentences) {
  const { scale, margin, head, line } = PICTURE, canvas = document.createElement("canvas"), page = getComputedStyle(document.body), context = canvas.getContext("2d"), small = `12px ${page.fontFamily}`;
  const plots = figures.flatMap(figure => [...figure.querySelectorAll("svg")].map((svg, i) => ({ svg, figure, first: i === 0 })));
  const heights = plots.map(({ svg, first }) => (first ? head : 8) + svg.viewBox.baseVal.height);
  const width = Math.max(...plots.map(({ svg }) => svg.viewBox.baseVal.width), 420);
  context.font = small;
  const lines = sentences.flatMap(text => wrapWords(context, text, width));
  canvas.width = scale * (2 * margin + width);
  canvas.height = scale * (2 * margin + heights.reduce((sum, one) => sum + one, 0) + line * (lines.length + 1));
  context.fillStyle = getComputedStyle(figures[0]).backgroundColor; context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale); context.translate(margin, margin);
  plots.forEach(({ svg, figure, first }, i) => {
    if (first) {
      const title = figure.querySelector("h3").textContent, key = [...figure.querySelector(".key").childNodes].map(part =>
        part.textContent.trim() ? part.textContent : part.matches?.(".before") ? "\u254c\u254c " : part.matches?.(".dot") ? "  \u2500\u2500 " : "").join("");
      context.fillStyle = page.color; context.textAlign = "left";
      context.font = `600 15px ${page.fontFamily}`; context.fillText(title, 0, 14);
      context.font = small; context.fillText(key, 0, 32);
    }
    context.save(); context.translate(0, first ? head : 8);
    for (const shape of svg.children) paintShape(context, shape);
    context.restore(); context.translate(0, heights[i]);
  });
  context.fillStyle = page.color; context.textAlign = "left"; context.font = small;
  lines.forEach((text, i) => context.fillText(text, 0, line * (i + 1)));
  return canvas;
}

function savePicture() {
  const figures = [...document.querySelectorAll("#plots figure")], { before, now } = app.state;
  if (figures.length) pictureOf(figures, [before, now].map(sceneText)).toBlob(blob => saveFile(blob, "leydig-lab.png"));
}

function saveFile(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link); link.click(); link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
