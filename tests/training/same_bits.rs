//! The whole promise on one page: the same seed, the same network, the same steps, the same bits.
//!
//! The Python below is the tutorial's; nothing of this project is imported there.

use crate::common::{assert_identical, reference, run, sample_folder, text};
use lenet5::data::{self, Source, to_input};
use lenet5::model::{Classic, Classifier};
use tch::Device;
use torch_twin::data::DataLoader;
use torch_twin::nn::{Forward, ForwardPass, Module};
use torch_twin::optim::{Adam, AdamOptions, Optimizer};
use torch_twin::{Generator, weights};

const PYTHON: &str = "
import gzip, sys
import torch
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.tanh(torch.zeros(1))  # against a race in MKL: docs/mkl-race.md


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        self.pool1 = nn.AvgPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.pool2 = nn.AvgPool2d(2, 2)
        self.conv3 = nn.Conv2d(16, 120, kernel_size=5)
        self.fc1 = nn.Linear(120, 84)
        self.fc2 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool1(torch.tanh(self.conv1(x)))
        x = self.pool2(torch.tanh(self.conv2(x)))
        x = torch.tanh(self.conv3(x)).flatten(1)
        x = torch.tanh(self.fc1(x))
        return self.fc2(x)


def read(name, header):
    data = gzip.open(f'{sys.argv[1]}/{name}.gz').read()[header:]
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


images = read('train-images-idx3-ubyte', 16).view(-1, 1, 28, 28)
images = nn.functional.pad(images, (2, 2, 2, 2)) / 255
labels = read('train-labels-idx1-ubyte', 8).long()

torch.set_num_threads(1)
torch.manual_seed(42)
model = LeNet5()
loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
losses = []
for images, labels in loader:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.detach())
save_file(model.state_dict() | {'losses': torch.stack(losses)}, sys.argv[2])
";

#[test]
fn an_epoch_of_training_has_the_bits_of_pytorch() {
    // In Python.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("python.safetensors");
    let sample = sample_folder();
    let arguments = ["-c", PYTHON, text(&sample), text(&file)];
    run(&reference().python.path, arguments);
    let mut python = weights::load(&file, weights::DEFAULT_MAX_BYTES)
        .unwrap()
        .tensors;

    // In Rust.
    let dataset = data::load(Some(&Source::Sample), &mut |_| {}).unwrap();
    tch::set_num_threads(1);
    let mut generator = Generator::manual_seed(42);
    let model = Classic::new(10, &mut generator).unwrap();
    let loader = DataLoader::new(&dataset.train, 64).shuffle(true);
    let state_dict = model.state_dict();
    let options = AdamOptions {
        lr: 0.001,
        ..AdamOptions::default()
    };
    let mut optimizer = Adam::new(model.parameters(), options).unwrap();
    let mut losses = Vec::new();
    for batch in loader.iter(&mut generator).unwrap() {
        let (bytes, labels) = batch.unwrap();
        let images = to_input(&bytes, Device::Cpu).unwrap();
        optimizer.zero_grad().unwrap();
        let logits = model.forward(&images, &mut ForwardPass::train()).unwrap();
        let loss = model.loss(&logits, &labels).unwrap();
        loss.backward();
        optimizer.step().unwrap();
        losses.push(loss.detach());
    }

    // Every bit.
    let expected = python.remove("losses").unwrap();
    assert_identical("losses", &expected, &tch::Tensor::stack(&losses, 0));
    assert_eq!(state_dict.entries().len(), python.len());
    for (name, tensor) in state_dict.iter() {
        assert_identical(name, &python[name], tensor);
    }
}
