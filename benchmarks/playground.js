// The TensorFlow Playground's way of training, as its nn.ts has it: a graph of nodes and links, one point at a time.
// Started by network_rows.py: reads {"points", "held", "side", "box"} as its first line, then a count of epochs a line,
// and answers each with the last losses. Sums and steps are nn.ts's own; nothing of its picture is drawn.
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

function forward(x, y) {
  network[0][0].output = x;
  network[0][1].output = y;
  for (let layer = 1; layer < network.length; layer++)
    for (let i = 0; i < network[layer].length; i++) network[layer][i].updateOutput();
  return network[network.length - 1][0].output;
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

const loss = points => points.reduce((sum, [x, y, label]) => sum + square.error(forward(x, y), label), 0) / points.length;

function epoch(points, held, maps, box) {
  points.forEach(([x, y, label], i) => {
    forward(x, y);
    backward(label);
    if ((i + 1) % BATCH === 0) update();
  });
  const found = [loss(points), loss(held)], side = maps.length;
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      forward(box * (2 * i / (side - 1) - 1), box * (1 - 2 * j / (side - 1)));
      let number = 0;
      for (let layer = 1; layer < network.length; layer++)
        for (const node of network[layer]) maps[i][j][number++] = node.output;
    }
  return found;
}

let setting = null, maps = null;
require("readline").createInterface({ input: process.stdin }).on("line", line => {
  if (setting === null) {
    setting = JSON.parse(line);
    maps = Array.from({ length: setting.side }, () => Array.from({ length: setting.side }, () => new Array(7).fill(0)));
    console.log("ready");
    return;
  }
  let found = null;
  for (let k = 0; k < Number(line); k++) found = epoch(setting.points, setting.held, maps, setting.box);
  console.log(JSON.stringify(found));
});
