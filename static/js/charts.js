/* Draws the figures that the server built: <div data-chart="ID of a JSON script">. Colours come from design tokens. */
"use strict";
(function () {
  /* SVG, because a PNG passes through a blob: image, which the Content-Security-Policy refuses. */
  const CONFIG = {
    responsive: true,
    displaylogo: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg", filename: "customers-and-vlans" },
  };

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /* A colour token (#rrggbb) as the light filling of a band. */
  function seeThrough(hex) {
    const parts = [1, 3, 5].map(function (at) { return parseInt(hex.slice(at, at + 2), 16); });
    return "rgba(" + parts.join(",") + ",0.22)";
  }

  function dressed(figure, box) {
    const ink = token("--ink"), line = token("--line"), soft = token("--ink-soft");
    const data = figure.data.map(function (trace) {
      const meta = trace.meta || {}, told = {};
      if (meta.colour) told.line = Object.assign({}, trace.line, { color: token(meta.colour) });
      if (meta.fill) told.fillcolor = seeThrough(token(meta.fill));
      return Object.assign({}, trace, told);
    });
    const shapes = (figure.layout.shapes || []).map(function (shape) {
      return Object.assign({}, shape, { line: Object.assign({}, shape.line, { color: soft }) });
    });
    const layout = Object.assign({}, figure.layout, {
      shapes: shapes,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: getComputedStyle(box).fontFamily, size: 12 },
      hoverlabel: { bgcolor: token("--panel"), bordercolor: token("--line-strong"), font: { color: ink } },
      modebar: { color: soft, activecolor: ink, bgcolor: "rgba(0,0,0,0)" },
    });
    for (const name of Object.keys(layout)) {
      if (/^[xy]axis/.test(name)) layout[name] = Object.assign({ gridcolor: line, linecolor: line, tickcolor: line }, layout[name]);
    }
    return { data: data, layout: layout };
  }

  function draw(box) {
    const source = document.getElementById(box.dataset.chart);
    if (!source || !window.Plotly) return;
    const figure = dressed(JSON.parse(source.textContent), box);
    window.Plotly.react(box, figure.data, figure.layout, CONFIG);
  }

  function drawAll() {
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  /* What HTMX swapped in may hold a chart, or the figure of one. */
  document.addEventListener("htmx:afterSettle", function (event) {
    const swapped = event.detail.elt;
    document.querySelectorAll("[data-chart]").forEach(function (box) {
      if (swapped.contains(box) || swapped.contains(document.getElementById(box.dataset.chart))) draw(box);
    });
  });

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("portal:theme", drawAll);
})();
