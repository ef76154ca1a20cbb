"""Trains a small neural network on one CPU, with nothing but Python itself.

It learns y = sin(3x) on [-1, 1]. Killed at any moment and started again with the same --out, it goes on from the last
whole checkpoint and ends with exactly the loss that it would have had: the figures of the network, of its optimiser
and of the dice are all in the checkpoint.
"""

import argparse
import json
import math
import os
import random
import shutil
import time
from pathlib import Path

HIDDEN = 16
ROWS = 256
BATCH = 16
LEARNING_RATE = 0.02
MOMENTUM = 0.9
CHECKPOINTS_KEPT = 2


def new_network(dice):
    """One hidden layer of tanh: weights in, biases, weights out, and one bias out."""
    return {
        "w1": [dice.gauss(0, 1.5) for _ in range(HIDDEN)],
        "b1": [dice.gauss(0, 0.5) for _ in range(HIDDEN)],
        "w2": [dice.gauss(0, 1 / math.sqrt(HIDDEN)) for _ in range(HIDDEN)],
        "b2": [0.0],
    }


def learn(network, velocity, batch):
    """One step of gradient descent with momentum; returns the mean squared error of the batch before it."""
    gradient = {name: [0.0] * len(values) for name, values in network.items()}
    loss = 0.0
    for x, wanted in batch:
        hidden = [math.tanh(w * x + b) for w, b in zip(network["w1"], network["b1"])]
        error = sum(w * h for w, h in zip(network["w2"], hidden)) + network["b2"][0] - wanted
        loss += error * error / len(batch)
        slope = 2 * error / len(batch)
        gradient["b2"][0] += slope
        for i, h in enumerate(hidden):
            gradient["w2"][i] += slope * h
            back = slope * network["w2"][i] * (1 - h * h)
            gradient["w1"][i] += back * x
            gradient["b1"][i] += back
    for name, values in network.items():
        for i, slope in enumerate(gradient[name]):
            velocity[name][i] = MOMENTUM * velocity[name][i] - LEARNING_RATE * slope
            values[i] += velocity[name][i]
    return loss


def save(out, state):
    """A checkpoint appears under its name at once and whole, or not at all."""
    target = out / f"ckpt-{state['epoch']:05d}"
    partial = out / f".{target.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    with open(partial / "state.json", "w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(partial, target)
    for old in checkpoints(out)[:-CHECKPOINTS_KEPT]:
        doomed = out / f".{old.name}.old"
        shutil.rmtree(doomed, ignore_errors=True)
        os.rename(old, doomed)
        shutil.rmtree(doomed)


def checkpoints(out):
    return sorted(out.glob("ckpt-*"))


def load(out, seed):
    """What the last checkpoint holds; a new beginning where there is none."""
    found = checkpoints(out)
    if found:
        print(f"Resuming from {found[-1].name}", flush=True)
        return json.loads((found[-1] / "state.json").read_text())
    network = new_network(random.Random(seed))
    velocity = {name: [0.0] * len(values) for name, values in network.items()}
    return {"epoch": 0, "network": network, "velocity": velocity, "loss": None}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for checkpoints and results")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epoch-seconds", type=float, default=0, help="least time an epoch takes, to watch it")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    # The rows are the same each time; their order depends on the epoch alone.
    rows = [(x, math.sin(3 * x)) for x in (2 * i / (ROWS - 1) - 1 for i in range(ROWS))]
    state = load(options.out, options.seed)
    steps = ROWS // BATCH
    print(f"Total steps = {options.epochs * steps}", flush=True)
    while state["epoch"] < options.epochs:
        began = time.monotonic()
        order = rows[:]
        random.Random(f"{options.seed} {state['epoch']}").shuffle(order)
        losses = [learn(state["network"], state["velocity"], order[i : i + BATCH]) for i in range(0, ROWS, BATCH)]
        state["epoch"] += 1
        state["loss"] = sum(losses) / len(losses)
        figures = {
            "loss": round(state["loss"], 6),
            "learning_rate": LEARNING_RATE,
            "epoch": state["epoch"],
            "step": state["epoch"] * steps,
        }
        print(figures, flush=True)
        save(options.out, state)
        time.sleep(max(0, options.epoch_seconds - (time.monotonic() - began)))

    partial = options.out / ".model.json.partial"
    partial.write_text(json.dumps({"network": state["network"], "loss": state["loss"], "epochs": state["epoch"]}))
    os.replace(partial, options.out / "model.json")
    print(f"Done: loss {state['loss']}", flush=True)


if __name__ == "__main__":
    main()
