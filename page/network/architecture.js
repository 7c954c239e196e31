import { IDENTITY, RELU, SCALED_TANH, TANH } from "./activation.js";
import { BatchNorm2d } from "./batch_norm.js";
import { Conv2d } from "./conv2d.js";
import { Linear } from "./linear.js";
import { AvgPool2d, MaxPool2d, Subsampling } from "./pool.js";
import { EuclideanRbf } from "./rbf.js";

/** Maps of S2, among which table I chooses. */
const S2_MAPS = 6;

/** The weights of one layer, by their names without the layer's. */
const conv2d = ({ weight, bias }) => Conv2d.full(weight, bias);
const partialConv2d = ({ weight, bias, kernels }) => Conv2d.partial(weight, bias, kernels, S2_MAPS);
const average = () => new AvgPool2d();
const maximum = () => new MaxPool2d();
const subsampling = ({ weight, bias }) => new Subsampling(weight, bias);
const batchNorm2d = ({ weight, bias, running_mean: mean, running_var: variance }) =>
  new BatchNorm2d(weight, bias, mean, variance);
const linear = ({ weight, bias }) => new Linear(weight, bias);
const rbf = ({ bitmaps }, classes) => new EuclideanRbf(bitmaps, classes);

const paper = (output) => [
  ["conv1", conv2d, SCALED_TANH],
  ["pool1", subsampling, SCALED_TANH],
  ["conv2", partialConv2d, SCALED_TANH],
  ["pool2", subsampling, SCALED_TANH],
  ["conv3", conv2d, SCALED_TANH],
  ["fc1", linear, SCALED_TANH],
  ["fc2", output, IDENTITY],
];

const LAYERS = {
  classic: [
    ["conv1", conv2d, TANH],
    ["pool1", average, IDENTITY],
    ["conv2", conv2d, TANH],
    ["pool2", average, IDENTITY],
    ["conv3", conv2d, TANH],
    ["fc1", linear, TANH],
    ["fc2", linear, IDENTITY],
  ],
  paper: paper(linear),
  "paper-rbf": paper(rbf),
  modern: [
    ["conv1", conv2d, IDENTITY],
    ["bn1", batchNorm2d, RELU],
    ["pool1", maximum, IDENTITY],
    ["conv2", conv2d, IDENTITY],
    ["bn2", batchNorm2d, RELU],
    ["pool2", maximum, IDENTITY],
    ["conv3", conv2d, IDENTITY],
    ["bn3", batchNorm2d, RELU],
    ["fc1", linear, RELU],
    ["fc2", linear, IDENTITY],
  ],
};

/** The layers of a variant with these weights: name, operation and activation of each. */
export function layersOf(variant, tensors, classes) {
  return LAYERS[variant].map(([name, build, activation]) => {
    const own = Object.entries(tensors).filter(([tensor]) => tensor.startsWith(`${name}.`));
    const weights = own.map(([tensor, values]) => [tensor.slice(name.length + 1), values]);
    return { name, operation: build(Object.fromEntries(weights), classes), activation };
  });
}

/** What the pixels of an image, from 0 to 1, become before the first layer. */
export function inputLevel(variant) {
  const { fround } = Math;
  // From [0, 1] to the background's -0.1 and the ink's 1.175, as the paper has it.
  const scaled = (level) => fround(level * fround(1.275)) - fround(0.1);
  return variant.startsWith("paper") ? scaled : IDENTITY.apply;
}
