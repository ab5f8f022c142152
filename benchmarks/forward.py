"""Forward passes alone, on ready pixels: what benchmarks/service.py compares the service with."""

import time
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image

from lib.data.images import SHORT_SIDE, open_picture, square
from lib.features.embedder import CPU_BATCH
from lib.models.backbones import open_embedder
from lib.models.store import ModelSet


def forward_rate(models: Path, pictures: list[bytes], *, seconds: float) -> float:
    """Return pictures per second through the backbones of the models alone, ready to be seen, in their batch size."""
    embedder = open_embedder(ModelSet.open(models))
    opened = [open_picture(data, short_side=SHORT_SIDE) for data in pictures]
    batches = [(backbone, pixels_of(opened, size=backbone.size)) for backbone in embedder.backbones]
    for backbone, pixels in batches:
        embedder.describe(backbone, pixels)
    start, rounds = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        for backbone, pixels in batches:
            embedder.describe(backbone, pixels)
        rounds += 1
    return CPU_BATCH * rounds / (time.monotonic() - start)


def pixels_of(pictures: list[Image.Image], *, size: int) -> np.ndarray:
    """Return one batch of pictures as squares, uint8 (CPU_BATCH, size, size, 3)."""
    images = [square(picture, size=size) for picture in pictures]
    return np.stack([images[number % len(images)] for number in range(CPU_BATCH)])


def pair_seconds(pictures: list[bytes]) -> float:
    """Return the seconds per pair of the network of the source study, VGG16 on both pictures, at batch size 16."""
    network = torchvision.models.vgg16(weights=None).features.eval()
    pairs = torch.rand(32, 3, 224, 224)
    with torch.inference_mode():
        network(pairs)
        start = time.monotonic()
        for _ in range(3):
            network(pairs)
    return (time.monotonic() - start) / (3 * 16)
