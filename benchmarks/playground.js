// The TensorFlow Playground's full step, as its nn.ts and playground.ts have it: a graph of nodes and links, one point at a
// time, its inputs gathered by name, its map filled by node id. Nothing of its picture is drawn.
// Started by network_rows.py: reads {"points", "held", "side", "box"} as its first line, then a count of steps a line, and
// answers each with the last losses.
"use strict";

const RATE = 0.03, BATCH = 10, UNITS = [2, 4, 2, 1];
const tanh = { output: x => Math.tanh(x), der: x => { const y = tanh.output(x); return 1 - y * y; } };
const square = { error: (output, target) => 0.5 * Math.pow(output - target, 2), der: (output, target) => output - target };

class Node {
  constructor() {
    Object.assign(this, { inputs: [], bias: 0.1, outputs: [], totalInput: 0, output: 0, outputDer: 0, inputDer: 0,
                          accInputDer: 0, count: 0 });
  }
  updateOutput() {
    this.totalInput = this.bias;
    for (let j = 0; j < this.inputs.length; j++) this.totalInput += this.inputs[j].weight * this.inputs[j].source.output;
    this.output = tanh.output(this.totalInput);
  }
}

class Link {
  constructor(source, dest) {
    Object.assign(this, { source, dest, weight: Math.random() - 0.5, errorDer: 0, accErrorDer: 0, count: 0 });
  }
}

const network = UNITS.map(units => Array.from({ length: units }, () => new Node()));
for (let layer = 1; layer < network.length; layer++)
  for (const dest of network[layer])
    for (const source of network[layer - 1]) {
      const link = new Link(source, dest);
      source.outputs.push(link);
      dest.inputs.push(link);
    }

let id = 0;
for (const layer of network) for (const node of layer) node.id = String(id++);

const INPUTS = {
  x: { f: (x, y) => x }, y: { f: (x, y) => y }, xSquared: { f: (x, y) => x * x }, ySquared: { f: (x, y) => y * y },
  xTimesY: { f: (x, y) => x * y }, sinX: { f: (x, y) => Math.sin(x) }, sinY: { f: (x, y) => Math.sin(y) },
};
const state = { x: true, y: true, xSquared: false, ySquared: false, xTimesY: false, sinX: false, sinY: false };

function constructInput(x, y) {
  const input = [];
  for (const name in INPUTS) if (state[name]) input.push(INPUTS[name].f(x, y));
  return input;
}

function forward(input) {
  for (let i = 0; i < network[0].length; i++) network[0][i].output = input[i];
  for (let layer = 1; layer < network.length; layer++)
    for (let i = 0; i < network[layer].length; i++) network[layer][i].updateOutput();
  return network[network.length - 1][0].output;
}

function forEachNode(accessor) {
  for (let layer = 1; layer < network.length; layer++)
    for (let i = 0; i < network[layer].length; i++) accessor(network[layer][i]);
}

function backward(target) {
  const last = network[network.length - 1][0];
  last.outputDer = square.der(last.output, target);
  for (let layer = network.length - 1; layer >= 1; layer--) {
    for (const node of network[layer]) {
      node.inputDer = node.outputDer * tanh.der(node.totalInput);
      node.accInputDer += node.inputDer;
      node.count++;
    }
    for (const node of network[layer])
      for (const link of node.inputs) {
        link.errorDer = node.inputDer * link.source.output;
        link.accErrorDer += link.errorDer;
        link.count++;
      }
    if (layer === 1) continue;
    for (const node of network[layer - 1]) {
      node.outputDer = 0;
      for (const link of node.outputs) node.outputDer += link.weight * link.dest.inputDer;
    }
  }
}

function update() {
  for (let layer = 1; layer < network.length; layer++)
    for (const node of network[layer]) {
      node.bias -= RATE * node.accInputDer / node.count;
      node.accInputDer = node.count = 0;
      for (const link of node.inputs) {
        link.weight -= RATE / link.count * link.accErrorDer;
        link.accErrorDer = link.count = 0;
      }
    }
}

function loss(points) {
  let sum = 0;
  for (const [x, y, label] of points) sum += square.error(forward(constructInput(x, y)), label);
  return sum / points.length;
}

const linear = (a, b, c, d) => value => { const t = (value - a) / (b - a); return c * (1 - t) + d * t; };   // d3's scale

function decisionBoundary(boundary, side, box) {
  const xScale = linear(0, side - 1, -box, box), yScale = linear(side - 1, 0, -box, box);
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      forward(constructInput(xScale(i), yScale(j)));
      forEachNode(node => { boundary[node.id][i][j] = node.output; });
    }
}

function step(points, held, boundary, side, box) {
  points.forEach(([x, y, label], i) => {
    forward(constructInput(x, y));
    backward(label);
    if ((i + 1) % BATCH === 0) update();
  });
  const found = [loss(points), loss(held)];
  decisionBoundary(boundary, side, box);
  return found;
}

let setting = null;
const boundary = {};
require("readline").createInterface({ input: process.stdin }).on("line", line => {
  if (setting === null) {
    setting = JSON.parse(line);
    const side = setting.side;
    forEachNode(node => { boundary[node.id] = Array.from({ length: side }, () => new Array(side)); });
    console.log("ready");
    return;
  }
  let found = null;
  for (let k = 0; k < Number(line); k++) found = step(setting.points, setting.held, boundary, setting.side, setting.box);
  console.log(JSON.stringify(found));
});
