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

  function dressed(figure, box) {
    const ink = token("--ink"), line = token("--line"), soft = token("--ink-soft");
    const data = figure.data.map(function (trace) {
      const colour = trace.meta && trace.meta.colour;
      return colour ? Object.assign({}, trace, { line: Object.assign({}, trace.line, { color: token(colour) }) }) : trace;
    });
    const layout = Object.assign({}, figure.layout, {
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

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("portal:theme", drawAll);
})();
