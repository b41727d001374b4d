/* The map of VLAN IDs: hover or arrow keys tell whose a cell is, a click or Enter opens the tenant (or the VLAN). */
"use strict";
(function () {
  const FIRST = 1, LAST = 4094;
  const map = document.getElementById("vlan-map");
  const source = document.getElementById("vlan-map-data");
  if (!map || !source) return;
  const data = JSON.parse(source.textContent);
  const cursor = document.getElementById("map-cursor");
  const readout = document.getElementById("map-readout");
  let current = null;

  function pathOf(vid) {
    return data.vlanUrl.replace(/\/0\/$/, "/" + vid + "/");
  }

  function ownerOf(vid) {
    const owner = data.owners[vid];
    if (!owner) return null;
    const tenant = data.tenants[owner[0]];
    return { name: tenant[0], url: data.tenantUrl.replace("SLUG", tenant[1]), role: data.roles[owner[1]] };
  }

  function link(url, text) {
    const element = document.createElement("a");
    element.href = url;
    element.textContent = text;
    return element;
  }

  function show(vid) {
    if (vid === current) return;
    current = vid;
    cursor.setAttribute("x", (vid % data.columns) * data.cell);
    cursor.setAttribute("y", Math.floor(vid / data.columns) * data.cell);
    cursor.setAttribute("visibility", "visible");
    const owner = ownerOf(vid);
    const state = document.createElement("span");
    state.textContent = data.labels[Number(data.states[vid])] + (owner ? ", " + owner.role + " of" : "");
    readout.replaceChildren(link(pathOf(vid), "VLAN " + vid), state);
    if (owner) readout.append(link(owner.url, owner.name));
  }

  function under(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    const column = Math.floor(at.x / data.cell), row = Math.floor(at.y / data.cell);
    if (column < 0 || column >= data.columns || row < 0) return null;
    const vid = row * data.columns + column;
    return vid >= FIRST && vid <= LAST ? vid : null;
  }

  function open(vid) {
    const owner = ownerOf(vid);
    window.location.assign(owner ? owner.url : pathOf(vid));
  }

  map.addEventListener("pointermove", function (event) {
    const vid = under(event);
    /* What the pointer passes is not read aloud; what a key reaches is. */
    readout.setAttribute("aria-live", "off");
    if (vid !== null) show(vid);
  });
  map.addEventListener("click", function (event) {
    const vid = under(event);
    if (vid === null) return;
    /* A finger covers many cells: the first tap shows, the links of the readout open. */
    if (event.pointerType === "touch") show(vid);
    else open(vid);
  });
  map.addEventListener("focus", function () {
    if (current === null && map.matches(":focus-visible")) show(FIRST);
  });
  map.addEventListener("keydown", function (event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: data.columns, ArrowUp: -data.columns };
    const ends = { Home: FIRST, End: LAST };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && current !== null) return open(current);
    let next = ends[event.key];
    if (event.key in steps) next = (current === null ? 0 : current) + steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    if (next >= FIRST && next <= LAST) show(next);
  });
})();
