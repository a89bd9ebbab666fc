/* TeX in, one SVG out: MathJax for QJSEngine, which has no DOM and no timers.
 *
 * loupe.typeset(tex, display) returns JSON: {"svg": "<svg ...>"} or {"error": "what is wrong with the TeX"}.
 * Two macros of our own:
 *   \term{key}{tex}     a piece that can be recoloured: <g data-term="key" data-box="...">
 *   \slot[digits]{name} room for a live number:         <g data-slot="name" data-box="...">
 * data-box is "x y width height baseline scale" in the SVG's own units (1000 to the em), y downward, (x, y) top left.
 */
import {mathjax} from 'mathjax-full/js/mathjax.js';
import {TeX} from 'mathjax-full/js/input/tex.js';
import {SVG} from 'mathjax-full/js/output/svg.js';
import {liteAdaptor} from 'mathjax-full/js/adaptors/liteAdaptor.js';
import {RegisterHTMLHandler} from 'mathjax-full/js/handlers/html.js';
import {Configuration} from 'mathjax-full/js/input/tex/Configuration.js';
import {CommandMap} from 'mathjax-full/js/input/tex/SymbolMap.js';
import NodeUtil from 'mathjax-full/js/input/tex/NodeUtil.js';
import TexError from 'mathjax-full/js/input/tex/TexError.js';
import 'mathjax-full/js/input/tex/base/BaseConfiguration.js';
import 'mathjax-full/js/input/tex/ams/AmsConfiguration.js';
import 'mathjax-full/js/input/tex/newcommand/NewcommandConfiguration.js';
import 'mathjax-full/js/input/tex/boldsymbol/BoldsymbolConfiguration.js';
import 'mathjax-full/js/input/tex/textmacros/TextMacrosConfiguration.js';
import 'mathjax-full/js/input/tex/mathtools/MathtoolsConfiguration.js';

/* Qt's Array.from takes a string apart into halves of characters such as U+1D465; its spread does not. */
const arrayFrom = Array.from;
Array.from = (items, ...rest) => arrayFrom.call(Array, typeof items === 'string' ? [...items] : items, ...rest);

const DIGIT = 0.5;              // em: the width of a digit
const ASCENT = 0.68;            // em: the height of a digit, and a little air
const DEPTH = 0.08;
const CJK = 0.884;              // em: MathJax sets characters it lacks at this size

const NOISE = /^(data-(?!term$|slot$|box$).*|role|focusable|class|stroke-thickness)$/;
const NAME = /^[A-Za-z_][\w.\[\]-]*$/;

function nameOf(parser, macro) {
  const name = parser.GetArgument(macro).trim();
  if (!NAME.test(name)) throw new TexError('BadName', '"%1" is no name for %2', name, macro);
  return name;
}

/* One node for the argument, as \class and \cssId of MathJax's html package make it. */
function argumentNode(parser, macro) {
  const node = parser.ParseArg(macro);
  if (!NodeUtil.isInferred(node)) return node;
  const children = NodeUtil.getChildren(node);
  if (children.length === 1) return children[0];
  const row = parser.create('node', 'mrow');
  NodeUtil.copyChildren(node, row);
  NodeUtil.copyAttributes(node, row);
  return row;
}

new CommandMap('loupe', {term: 'Term', slot: 'Slot'}, {
  Term(parser, macro) {
    const key = nameOf(parser, macro);
    let node = argumentNode(parser, macro);
    if (NodeUtil.getAttribute(node, 'data-term') || NodeUtil.getAttribute(node, 'data-slot')) {
      node = parser.create('node', 'mrow', [node]);
    }
    NodeUtil.setAttribute(node, 'data-term', key);
    parser.Push(node);
  },
  Slot(parser, macro) {
    const digits = parser.GetBrackets(macro, '4').trim();
    const name = nameOf(parser, macro);
    if (!/^\d{1,2}$/.test(digits) || digits === '0' || digits === '00') {
      throw new TexError('BadSlot', '%1[%2] must be 1 to 99 digits wide', macro, digits);
    }
    const size = {width: digits * DIGIT + 'em', height: ASCENT + 'em', depth: DEPTH + 'em'};
    const atom = parser.create('node', 'TeXAtom', [parser.create('node', 'mspace', [], size)]);
    NodeUtil.setAttribute(atom, 'data-slot', name);
    parser.Push(atom);
  }
});
Configuration.create('loupe', {handler: {macro: ['loupe']}});

const adaptor = liteAdaptor({cjkCharWidth: CJK, unknownCharWidth: 0.6 * CJK});
RegisterHTMLHandler(adaptor);
const packages = ['base', 'ams', 'newcommand', 'boldsymbol', 'textmacros', 'mathtools', 'loupe'];

/* New macros live as long as their document, so a formula that defines any gets one of its own. */
const DEFINES = /\\(def|let|gdef|newcommand|renewcommand|providecommand|newenvironment|renewenvironment|Declare|Newenv|Renewenv|mathtoolsset|newtagform|renewtagform|usetagform)/;

function makeDocument() {
  const tex = new TeX({packages, formatError: (jax, error) => { throw error; }});
  const svg = new SVG({fontCache: 'local', localID: '', internalSpeechTitles: false});
  const plain = svg.typesetSVG;
  svg.typesetSVG = function (...given) {       // the only moment when nodes, boxes and elements are all known
    plain.apply(svg, given);
    markBoxes(svg.nodeMap);
  };
  return mathjax.document('', {InputJax: tex, OutputJax: svg});
}

let doc = makeDocument();

export function typeset(tex, display) {
  try {
    doc.inputJax[0].reset();
    const svg = adaptor.firstChild(doc.convert(tex, {display, em: 16, ex: 8}));
    if (!adaptor.getAttribute(svg, 'viewBox')) throw new TexError('Tag', 'equation numbers (\\tag) have no place here');
    strip(svg);
    return JSON.stringify({svg: adaptor.outerHTML(svg)});
  } catch (error) {
    return JSON.stringify({error: String(error.message || error)});
  } finally {
    if (DEFINES.test(tex)) doc = makeDocument();
  }
}

/* Writes where each term and slot stands: its own box, carried through the transforms above it. */
function markBoxes(nodeMap) {
  nodeMap.forEach((wrapper, node) => {
    const element = wrapper.element;
    if (!element || !node.attributes) return;
    if (!node.attributes.getExplicit('data-term') && !node.attributes.getExplicit('data-slot')) return;
    const {w, h, d} = wrapper.getBBox();
    const {x, y, scale} = placeOf(element);
    const numbers = [x, -y - 1000 * h * scale, 1000 * w * scale, 1000 * (h + d) * scale, -y];
    const box = numbers.map((v) => Math.round(v * 10) / 10 + 0).concat(Math.round(scale * 1000) / 1000);
    adaptor.setAttribute(element, 'data-box', box.join(' '));
  });
}

function placeOf(element) {
  let x = 0, y = 0, scale = 1;
  for (let node = element; node && node.kind === 'g'; node = adaptor.parent(node)) {
    const transform = adaptor.getAttribute(node, 'transform') || '';
    if (transform === 'scale(1,-1)') break;
    const zoom = /scale\(([^)]*)\)/.exec(transform), move = /translate\(([^,]*),([^)]*)\)/.exec(transform);
    const by = zoom ? parseFloat(zoom[1]) : 1;
    x = x * by + (move ? parseFloat(move[1]) : 0);
    y = y * by + (move ? parseFloat(move[2]) : 0);
    scale *= by;
  }
  return {x, y, scale};
}

const LINES = {'mjx-solid': '', 'mjx-dashed': '140', 'mjx-dotted': '0,140'};

/* Takes away what only browsers and screen readers look at, and writes on table lines what MathJax leaves to CSS. */
function strip(node) {
  const line = LINES[adaptor.getAttribute(node, 'class')];
  if (line !== undefined) {
    adaptor.setAttribute(node, 'stroke-width', adaptor.getAttribute(node, 'stroke-thickness') || '70');
    adaptor.setAttribute(node, 'fill', 'none');
    if (line) adaptor.setAttribute(node, 'stroke-dasharray', line);
  }
  for (const {name} of adaptor.allAttributes(node)) {
    if (NOISE.test(name)) adaptor.removeAttribute(node, name);
  }
  adaptor.childNodes(node).forEach((child) => { if (child.kind[0] !== '#') strip(child); });
}
