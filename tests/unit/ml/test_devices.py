from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
BOTH_WAYS = """
import json, sys, tempfile
from dataclasses import replace
from pathlib import Path
import pytest
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from ml.data.synthetic import synthetic_flowers
from ml.training.image_phase import strategy_of
from ml.training.options import FineTuneOptions
from ml.training.train import train
from tests.unit.ml.conftest import options_for, register_tiny_net
synthetic_flowers.SPLITS = {"train": 36, "validation": 18, "test": 18}
register_tiny_net(pytest.MonkeyPatch())
assert strategy_of("all").num_replicas_in_sync == 2
tuned = FineTuneOptions("adamw", 1e-2, 0.01, epochs=1, layers="all", discriminative=0.5)
options = options_for(epochs=1, fine_tune=tuned, ema_decay=0.9, dropout=0.0, batch_size=9)
losses = {}
for devices in (1, "all"):
    quiet = {"on_epoch": lambda _: None, "on_batch": lambda _: None}
    result = train(replace(options, devices=devices), directory=Path(tempfile.mkdtemp()), **quiet)
    losses[str(devices)] = [[m.loss, m.accuracy, m.validation_loss] for m in result.history]
print(json.dumps(losses))
"""


def test_two_devices_learn_what_one_does() -> None:
    """An odd batch size: each of the two devices takes half of the next even one."""
    ran = subprocess.run([sys.executable, "-c", BOTH_WAYS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    losses = json.loads(ran.stdout.splitlines()[-1])
    np.testing.assert_allclose(losses["1"], losses["all"], rtol=2e-3)
