//! Shapes and parameter counts, of tensors and of networks.

mod worked;

#[test]
fn network_of_the_seed() {
    insta::assert_snapshot!(worked::solve(
        "network net4 on R^(3 x 128 x 128) = Conv2d(32, kernel=8, stride=2, padding=3), MaxPool2d(2), Conv2d(64, kernel=3, stride=1, padding=1)
shape of net4
  expect [64, 32, 32]
parameters of net4 layer 3 without bias
  expect 18432
parameters of net4
"
    ));
}

#[test]
fn sizes_of_convolutions() {
    insta::assert_snapshot!(worked::solve(
        "given d, k1, k2 in N, k1 < d, k2 < d
given xi in R^d zero outside
given w1 in R^k1
given w2 in R^k2
define a1 = correlate(xi, w1, valid)
define h1 = relu(a1)
define a2 = correlate(h1, w2, valid)
shape of a2
  expect [d - k1 - k2 + 2]
define e1 = correlate(xi, w1, full)
define e2 = correlate(relu(e1), w2, full)
shape of e2
  expect [d + k1 + k2 - 2]
given m, n in N
given X in R^(n x m)
shape of X^T * X
"
    ));
}

#[test]
fn layers() {
    insta::assert_snapshot!(worked::solve(
        "network lenet on R^(1 x 28 x 28) = Conv2d(6, 5, padding=2), ReLU, AvgPool2d(2), Conv2d(16, 5), ReLU, AvgPool2d(2), Flatten, Linear(120), ReLU, Linear(84), ReLU, Linear(10)
shape of lenet
parameters of lenet
network odd on R^(3 x 32 x 20) = Conv2d(8, kernel=[3, 5], stride=[2, 1], padding=[1, 2]), MaxPool2d(3, stride=2, ceil_mode=true), BatchNorm2d(), ConvTranspose2d(4, 4, stride=2, padding=1), Dropout(0.5)
shape of odd
parameters of odd
given n, k in N, k < n
network line on R^(4 x n) = Conv1d(8, kernel=k, groups=2, bias=false), ReLU, MaxPool1d(1)
shape of line
parameters of line layer 1
network even on R^(1 x 28 x 28) = Conv2d(2, 40)
shape of even
network apart on R^(3 x 8 x 8) = Conv2d(4, 3, groups=2)
shape of apart
network half on R^(1 x n) = MaxPool1d(2)
shape of half
"
    ));
}
