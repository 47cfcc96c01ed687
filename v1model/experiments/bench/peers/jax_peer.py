"""The model in JAX; every step is one compiled program."""

from functools import partial

import common
import jax
import jax.numpy as jnp
import numpy as np


class Model:
    """Core and readout as functions of a dictionary of weights, with the names and shapes of the problem's."""

    def __init__(self, problem):
        self.layers, self.sparsity = problem.layers, problem.sparsity
        self.tables = [(jnp.asarray(l.basis), jnp.asarray(l.turn)) for l in self.layers]
        self.trainable = problem.trainable

    def filters(self, w, i):
        """[size, size, in, rotations*features]: coefficients turned, input channels shifted with them."""
        layer, (basis, turn) = self.layers[i], self.tables[i]
        turned = jnp.einsum("rjk,kcf->rjcf", turn, w[layer.name + "/coeffs"])
        if layer.shift:
            block = layer.inputs // layer.rotations
            turned = jnp.stack([jnp.roll(turned[r], r * block, 1) for r in range(layer.rotations)])
        filters = jnp.einsum("jyx,rjcf->yxcrf", basis, turned)
        return filters.reshape(*filters.shape[:3], -1)

    def penalty(self, layer, filters):
        energy = jnp.square(filters).sum((0, 1, 2)) + common.ENERGY_EPSILON
        total = 0.0
        if layer.smoothness:
            slices = filters.transpose(2, 3, 0, 1).reshape(-1, layer.size, layer.size, 1)
            stencil = jnp.asarray(common.LAPLACIAN)[:, :, None, None]
            curvature = jax.lax.conv_general_dilated(slices, stencil, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            roughness = jnp.square(curvature).reshape(filters.shape[2], filters.shape[3], -1).sum((0, 2))
            total += layer.smoothness * (roughness / energy).sum()
        if layer.sparsity:
            total += layer.sparsity * (jnp.sqrt(jnp.square(filters).sum((0, 1))).sum(0) / jnp.sqrt(energy)).sum()
        return total

    def __call__(self, w, x, training):
        """Rates [batch, neurons], penalty and new moving averages of images [batch, height, width, 1]."""
        penalty, moved = 0.0, {}
        for i, layer in enumerate(self.layers):
            filters = self.filters(w, i)
            if training:
                penalty += self.penalty(layer, filters)
            x = jax.lax.conv_general_dilated(x, filters, (1, 1), [layer.pad, layer.pad], dimension_numbers=("NHWC", "HWIO", "NHWC"))
            norm = layer.name + "/BatchNorm/"
            mean, variance = w[norm + "moving_mean"], w[norm + "moving_variance"]
            shape = x.shape
            if layer.shared:  # orientations count as more images
                x = x.reshape(*shape[:3], layer.rotations, -1)
            if training:
                n, axes = x.size // x.shape[-1], range(x.ndim - 1)
                batch_mean, batch_variance = x.mean(axes), x.var(axes)
                moved[norm + "moving_mean"] = layer.decay * mean + (1 - layer.decay) * batch_mean
                moved[norm + "moving_variance"] = layer.decay * variance + (1 - layer.decay) * batch_variance * (1 if layer.biased else n / (n - 1))
                mean, variance = batch_mean, batch_variance
            scale = jax.lax.rsqrt(variance + common.NORM_EPSILON)
            if layer.gamma:
                scale *= w[norm + "gamma"]
            x = ((x - mean) * scale + w[norm + "beta"]).reshape(shape)
            if layer.activation == "softplus":
                x = jax.nn.softplus(x)
        masks, features = jnp.abs(w["readout/masks"]).reshape(len(w["readout/masks"]), -1), w["readout/feature_weights"]
        masked = jnp.einsum("bpc,np->bnc", x.reshape(x.shape[0], -1, x.shape[-1]), masks)
        rates = jax.nn.softplus((masked * features).sum(-1) + w["readout/biases"])
        if training:
            penalty += self.sparsity * (masks.sum(1) * jnp.abs(features).sum(1)).sum()
        return rates, penalty, moved

    def loss(self, trained, fixed, x, responses):
        rates, penalty, moved = self(trained | fixed, x, True)
        poisson = poisson_terms(rates, responses).sum() / len(x)
        return poisson + penalty, (poisson, penalty, jax.lax.stop_gradient(moved))


def poisson_terms(rates, responses):
    return rates - responses * jnp.log(rates + common.RATE_EPSILON)


class Peer:
    def __init__(self, problem):
        self.problem = problem
        self.model = model = Model(problem)
        self.train_data = jax.device_put(problem.train)
        self.val_data = jax.device_put(problem.val)
        self.sampler = problem.sampler()
        trained = {k: jnp.asarray(v) for k, v in problem.weights.items() if k in problem.trainable}
        fixed = {k: jnp.asarray(v) for k, v in problem.weights.items() if k not in problem.trainable}
        zeros = lambda: {k: jnp.zeros_like(v) for k, v in trained.items()}
        self.now = {"trained": trained, "fixed": fixed, "first": zeros(), "second": zeros(), "steps": jnp.float32(0)}

        @partial(jax.jit, donate_argnums=0)
        def step(now, rate, index, images, responses):
            gradients, (poisson, _, moved) = jax.grad(model.loss, has_aux=True)(now["trained"], now["fixed"], images[index], responses[index])
            steps = now["steps"] + 1
            size = rate * jnp.sqrt(1 - common.BETA2**steps) / (1 - common.BETA1**steps)
            first = jax.tree.map(lambda m, g: common.BETA1 * m + (1 - common.BETA1) * g, now["first"], gradients)
            second = jax.tree.map(lambda m, g: common.BETA2 * m + (1 - common.BETA2) * g * g, now["second"], gradients)
            trained = jax.tree.map(lambda w, m, v: w - size * m / (jnp.sqrt(v) + common.ADAM_EPSILON), now["trained"], first, second)
            return {"trained": trained, "fixed": moved, "first": first, "second": second, "steps": steps}, poisson

        @jax.jit
        def rates(now, images):
            return model(now["trained"] | now["fixed"], images, False)[0]

        self.step, self.rates = step, rates

    def gradients(self, exact):
        """What is computed of the first batch, in float32 always: XLA's convolutions in float64 would take minutes."""
        n = self.problem.batch
        gradient = jax.jit(jax.grad(self.model.loss, has_aux=True))
        gradients, (poisson, penalty, _) = gradient(self.now["trained"], self.now["fixed"], self.train_data[0][:n], self.train_data[1][:n])
        return {"poisson": poisson, "penalty": penalty, "rates": self.rates(self.now, self.val_data[0][: common.CHUNK]),
                **{"gradient/" + k: g for k, g in gradients.items()}}

    def train(self, rates):
        """A step at each of the learning rates; returns the last loss."""
        for rate in rates:
            self.now, poisson = self.step(self.now, rate, next(self.sampler).astype(np.int32), *self.train_data)
        return float(poisson)

    def predict(self, n):
        """Rates of n images, the training images over and over."""
        images = self.train_data[0]
        size = min(common.CHUNK, len(images))
        for start in range(0, n, size):
            np.asarray(self.rates(self.now, images[np.arange(start, start + size) % len(images)]))

    def validate(self):
        total, n = 0.0, len(self.val_data[0])
        for start in range(0, n, common.CHUNK):
            part = slice(start, start + common.CHUNK)
            total += float(np.asarray(poisson_terms(self.rates(self.now, self.val_data[0][part]), self.val_data[1][part])).sum(dtype=np.float64))
        return total / n

    def state(self):
        return jax.tree.map(jnp.copy, self.now)

    def restore(self, state):
        self.now = jax.tree.map(jnp.copy, state)


if __name__ == "__main__":
    common.serve(Peer, jax.__version__)
