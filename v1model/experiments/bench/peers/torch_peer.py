"""The model in PyTorch. Arguments: eager, compiled, or a mode of torch.compile such as max-autotune; the device, cpu unless given; highest or tensorfloat32, the precision of products on a GPU."""

import copy
import sys

import common
import numpy as np
import torch
import torch.nn.functional as F


class Model(torch.nn.Module):
    """Core and readout; parameters have the names and shapes of the problem's."""

    def __init__(self, problem):
        super().__init__()
        self.layers, self.sparsity = problem.layers, problem.sparsity
        for name, value in problem.weights.items():
            value = torch.tensor(value)
            if name in problem.trainable:
                self.register_parameter(name, torch.nn.Parameter(value))
            else:
                self.register_buffer(name, value)
        for i, layer in enumerate(self.layers):
            self.register_buffer(f"basis{i}", torch.tensor(layer.basis))
            self.register_buffer(f"turn{i}", torch.tensor(layer.turn))
        self.register_buffer("laplacian", torch.tensor(common.LAPLACIAN)[None, None])

    def filters(self, i):
        """[rotations*features, in, size, size]: coefficients turned, input channels shifted with them."""
        layer = self.layers[i]
        turned = torch.einsum("rjk,kcf->rjcf", getattr(self, f"turn{i}"), getattr(self, layer.name + "/coeffs"))
        if layer.shift:
            block = layer.inputs // layer.rotations
            turned = torch.stack([turned[r].roll(r * block, 1) for r in range(layer.rotations)])
        return torch.einsum("jyx,rjcf->rfcyx", getattr(self, f"basis{i}"), turned).flatten(0, 1)

    def penalty(self, layer, filters):
        energy = filters.square().sum((1, 2, 3)) + common.ENERGY_EPSILON
        total = 0.0
        if layer.smoothness:
            size = filters.shape[-1]
            curvature = F.conv2d(filters.reshape(-1, 1, size, size), self.laplacian, padding=1).reshape(filters.shape)
            total = total + layer.smoothness * (curvature.square().sum((1, 2, 3)) / energy).sum()
        if layer.sparsity:
            total = total + layer.sparsity * (filters.square().sum((2, 3)).sqrt().sum(1) / energy.sqrt()).sum()
        return total

    def forward(self, x, training):
        """Rates [batch, neurons] and the penalty of images [batch, 1, height, width]."""
        penalty = 0.0
        for i, layer in enumerate(self.layers):
            filters = self.filters(i)
            if training:
                penalty = penalty + self.penalty(layer, filters)
            before, after = layer.pad
            if before != after:
                x = F.pad(x, (before, after, before, after))
                before = 0
            x = F.conv2d(x, filters, padding=before)
            norm = layer.name + "/BatchNorm/"
            gamma = getattr(self, norm + "gamma") if layer.gamma else None
            variance, shape = getattr(self, norm + "moving_variance"), x.shape
            moved = variance.clone() if layer.biased else variance
            if layer.shared:  # orientations count as more images
                x = x.reshape(-1, shape[1] // layer.rotations, *shape[2:])
            x = F.batch_norm(x, getattr(self, norm + "moving_mean"), moved, gamma, getattr(self, norm + "beta"),
                             training, 1 - layer.decay, common.NORM_EPSILON)
            if training and layer.biased:  # what was added is n/(n - 1) times the variance of n values
                n = x.numel() // x.shape[1]
                with torch.no_grad():
                    variance.copy_((moved * (n - 1) + layer.decay * variance) / n)
            x = x.reshape(shape)
            if layer.activation == "softplus":
                x = F.softplus(x)
        masks, features = getattr(self, "readout/masks").abs().flatten(1), getattr(self, "readout/feature_weights")
        masked = x.flatten(2) @ masks.T  # [batch, channels, neurons]
        rates = F.softplus((masked * features.T).sum(1) + getattr(self, "readout/biases"))
        if training:
            penalty = penalty + self.sparsity * (masks.sum(1) * features.abs().sum(1)).sum()
        return rates, penalty

    def losses(self, x, responses):
        rates, penalty = self(x, True)
        return (rates - responses * (rates + common.RATE_EPSILON).log()).sum() / len(x), penalty


def adam(parameters, gradients, first, second, size):
    """The reference's Adam: epsilon is added to the root of the raw second moment."""
    torch._foreach_lerp_(first, gradients, 1 - common.BETA1)
    torch._foreach_mul_(second, common.BETA2)
    torch._foreach_addcmul_(second, gradients, gradients, 1 - common.BETA2)
    root = torch._foreach_sqrt(second)
    torch._foreach_add_(root, common.ADAM_EPSILON)
    step = torch._foreach_div(first, root)
    torch._foreach_mul_(step, size)
    torch._foreach_sub_(parameters, step)


def arrays(parameters, poisson, penalty, gradients, rates):
    return {"poisson": poisson.detach().cpu().numpy(), "penalty": penalty.detach().cpu().numpy(), "rates": rates,
            **{"gradient/" + k: g.cpu().numpy() for k, g in zip(parameters, gradients)}}


class Peer:
    def __init__(self, problem, how, device="cpu", precision="highest"):
        torch.set_num_threads(problem.threads)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tensorfloat32"
        self.problem, self.steps, self.device = problem, 0, device
        self.model = Model(problem).to(device)
        images = lambda x: torch.tensor(x, device=device).permute(0, 3, 1, 2).contiguous()
        self.train_data = images(problem.train[0]), torch.tensor(problem.train[1], device=device)
        self.val_data = images(problem.val[0]), torch.tensor(problem.val[1], device=device)
        self.sampler = problem.sampler()
        self.parameters = dict(self.model.named_parameters())
        self.first = [torch.zeros_like(p) for p in self.parameters.values()]
        self.second = [torch.zeros_like(p) for p in self.parameters.values()]
        self.losses, self.forward, self.adam = self.model.losses, self.model, adam
        if how != "eager":
            mode = {} if how == "compiled" else {"mode": how}
            self.losses, self.forward, self.adam = (torch.compile(f, **mode) for f in (self.losses, self.model, adam))

    def backward(self, x, responses):
        poisson, penalty = self.losses(x, responses)
        return poisson, penalty, torch.autograd.grad(poisson + penalty, list(self.parameters.values()))

    def gradients(self, exact):
        """What is computed of the first batch by the program that is timed or, if exact, by the model in float64."""
        n, state = self.problem.batch, self.state()
        batch, val = (self.train_data[0][:n], self.train_data[1][:n]), self.val_data[0][: common.CHUNK]
        if not exact:
            rates = self.rates(val)
            result = arrays(self.parameters, *self.backward(*batch), rates)
            self.restore(state)  # the moving averages, which the pass in training mode moved
            return result
        model = copy.deepcopy(self.model).double()
        parameters = dict(model.named_parameters())
        with torch.inference_mode():
            rates = model(val.double(), False)[0].cpu().numpy()
        poisson, penalty = model.losses(*(t.double() for t in batch))
        return arrays(parameters, poisson, penalty, torch.autograd.grad(poisson + penalty, list(parameters.values())), rates)

    def train(self, rates):
        """A step at each of the learning rates; returns the last loss."""
        for rate in rates:
            index = torch.from_numpy(next(self.sampler)).to(self.device)
            poisson, _, gradients = self.backward(self.train_data[0][index], self.train_data[1][index])
            self.steps += 1
            size = rate * np.sqrt(1 - common.BETA2**self.steps) / (1 - common.BETA1**self.steps)
            with torch.no_grad():
                self.adam(list(self.parameters.values()), list(gradients), self.first, self.second, torch.tensor(size, dtype=torch.float32, device=self.device))
        return poisson.item()

    def rates(self, images):
        with torch.inference_mode():
            return self.forward(images, False)[0].cpu().numpy()

    def predict(self, n):
        """Rates of n images, the training images over and over."""
        images = self.train_data[0]
        size = min(common.CHUNK, len(images))
        for start in range(0, n, size):
            self.rates(images[torch.arange(start, start + size, device=self.device) % len(images)])

    def validate(self):
        total = 0.0
        for x, r in zip(self.val_data[0].split(common.CHUNK), self.val_data[1].split(common.CHUNK)):
            rates = self.rates(x)
            total += float((rates - r.cpu().numpy() * np.log(rates + common.RATE_EPSILON)).sum(dtype=np.float64))
        return total / len(self.val_data[0])

    def state(self):
        return {k: v.clone() for k, v in self.model.state_dict().items()}, [t.clone() for t in self.first], [t.clone() for t in self.second], self.steps

    def restore(self, state):
        self.model.load_state_dict(state[0])
        for mine, kept in ((self.first, state[1]), (self.second, state[2])):
            for m, k in zip(mine, kept):
                m.copy_(k)
        self.steps = state[3]


if __name__ == "__main__":
    common.serve(lambda problem: Peer(problem, *sys.argv[1:]), torch.__version__)
