"""Sound files of every common kind become int16 mono 16 kHz; bad ones a sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assistant.audio.files import duration_s, iter_audio, read_audio, write_wav
from assistant.errors import AudioFileError
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit


def tone(seconds: float = 1.0, rate_hz: int = RATE_HZ) -> Samples:
    wave = 12000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)
    samples: Samples = np.rint(wave).astype(np.int16)
    return samples


def strongest_hz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * RATE_HZ / len(samples)


def test_a_written_file_reads_back_bit_by_bit(tmp_path: Path) -> None:
    """A 16 kHz 16-bit WAV passes untouched."""
    write_wav(tmp_path / "a.wav", tone())
    assert np.array_equal(tone(), read_audio(tmp_path / "a.wav"))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
def test_every_rate_and_depth_of_wav_is_read(tmp_path: Path, rate_hz: int, subtype: str) -> None:
    """Length and pitch survive, whatever the rate and the depth, in stereo."""
    sound = tone(1.0, rate_hz) / 32768
    soundfile.write(tmp_path / "a.wav", np.stack([sound, sound], axis=1), rate_hz, subtype=subtype)
    samples = read_audio(tmp_path / "a.wav")
    assert (np.dtype(np.int16), 1) == (samples.dtype, samples.ndim)
    assert RATE_HZ == pytest.approx(len(samples), abs=2)
    assert 440 == pytest.approx(strongest_hz(samples), abs=1.5)


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3"])
def test_compressed_files_are_read(tmp_path: Path, suffix: str) -> None:
    """FLAC, OGG and MP3 come through with their pitch."""
    soundfile.write(tmp_path / f"a.{suffix}", tone(2.0, 22050) / 32768, 22050)
    samples = read_audio(tmp_path / f"a.{suffix}")
    assert 2 * RATE_HZ == pytest.approx(len(samples), rel=0.05)
    assert 440 == pytest.approx(strongest_hz(samples), abs=1.5)


def test_stereo_is_mixed_down(tmp_path: Path) -> None:
    """Opposite channels cancel out: both are heard."""
    soundfile.write(tmp_path / "a.wav", np.stack([tone() / 32768, -tone() / 32768], axis=1), RATE_HZ)
    assert 1 >= np.abs(read_audio(tmp_path / "a.wav")).max()


def test_float_over_full_scale_and_not_a_number_are_bounded(tmp_path: Path) -> None:
    """Values beyond ±1 are clipped, NaN is silence."""
    values = np.array([2.0, -2.0, np.nan, np.inf, 0.5], dtype=np.float32)
    soundfile.write(tmp_path / "a.wav", values, RATE_HZ, subtype="FLOAT")
    assert [32767, -32768, 0, 32767, 16384] == read_audio(tmp_path / "a.wav").tolist()


@pytest.mark.parametrize("chunk_samples", [320, 1000])
def test_chunks_join_to_the_whole(tmp_path: Path, chunk_samples: int) -> None:
    """All chunks but the last are full, and together they are the file."""
    soundfile.write(tmp_path / "a.wav", tone(1.7, 44100) / 32768, 44100)
    chunks = list(iter_audio(tmp_path / "a.wav", chunk_samples))
    assert {chunk_samples} == {len(chunk) for chunk in chunks[:-1]}
    assert np.array_equal(read_audio(tmp_path / "a.wav"), np.concatenate(chunks))


def test_a_long_file_is_read_without_holding_it(tmp_path: Path) -> None:
    """Ten chunks of a file that claims two hours arrive before anything else of it is read."""
    write_wav(tmp_path / "a.wav", np.zeros(RATE_HZ, np.int16))
    with (tmp_path / "a.wav").open("r+b") as file:
        file.truncate(44 + 2 * RATE_HZ * 7200)
        file.seek(40)
        file.write((2 * RATE_HZ * 7200).to_bytes(4, "little"))
    chunks = iter_audio(tmp_path / "a.wav")
    assert [320] * 10 == [len(next(chunks)) for _ in range(10)]
    assert 7200 == duration_s(tmp_path / "a.wav")


def test_a_truncated_wav_gives_what_is_there(tmp_path: Path) -> None:
    """A header that promises more than there is does not lose what is there."""
    write_wav(tmp_path / "a.wav", tone())
    (tmp_path / "b.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:10044])
    assert np.array_equal(tone()[:5000], read_audio(tmp_path / "b.wav"))


def test_a_truncated_flac_gives_most_of_what_is_there(tmp_path: Path) -> None:
    """Of a compressed file that breaks off, at most half a second before the break is lost."""
    noise = np.random.default_rng(0).integers(-9000, 9000, 4 * RATE_HZ).astype(np.int16)
    soundfile.write(tmp_path / "a.flac", noise, RATE_HZ)
    whole = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "b.flac").write_bytes(whole[: len(whole) // 2])
    assert 1.4 * RATE_HZ <= len(read_audio(tmp_path / "b.flac")) <= 2 * RATE_HZ


@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"])
def test_a_wav_of_unknown_length_is_read_to_its_end(tmp_path: Path, length: bytes) -> None:
    """Recorders that write into a pipe leave the largest length in the header."""
    write_wav(tmp_path / "a.wav", tone())
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[4:8] = data[40:44] = length
    (tmp_path / "b.wav").write_bytes(data)
    assert np.array_equal(tone(), read_audio(tmp_path / "b.wav"))


def test_a_wav_without_samples_is_empty(tmp_path: Path) -> None:
    """A header alone is a sound of no length."""
    write_wav(tmp_path / "a.wav", np.zeros(0, np.int16))
    assert 0 == len(read_audio(tmp_path / "a.wav"))
    assert [] == list(iter_audio(tmp_path / "a.wav"))


def test_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads a WAV from standard input."""
    write_wav(tmp_path / "a.wav", tone())
    with (tmp_path / "a.wav").open("rb") as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert np.array_equal(tone(), read_audio("-"))


def _nothing(path: Path) -> None:
    path.touch()


def _text(path: Path) -> None:
    path.write_text("this is no sound " * 20)


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(5000))


def _half_header(path: Path) -> None:
    write_wav(path, tone())
    path.write_bytes(path.read_bytes()[:30])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "does not exist"),
        (Path.mkdir, "is a folder"),
        (_nothing, "is empty"),
        (_text, "is not a sound file"),
        (_noise, "is not a sound file"),
        (_half_header, "is not a sound file"),
    ],
)
def test_bad_files_give_a_sentence(tmp_path: Path, make: Callable[[Path], Any], sentence: str) -> None:
    """Missing, folder, empty or something else: the sentence names the file and what is wrong."""
    path = tmp_path / "bad.wav"
    make(path)
    with pytest.raises(AudioFileError, match=sentence) as caught:
        read_audio(path)
    assert str(path) in caught.value.sentence


def test_a_place_that_cannot_be_written_gives_a_sentence(tmp_path: Path) -> None:
    """A folder that is not there is told, and nothing is left behind."""
    with pytest.raises(AudioFileError, match="cannot be written"):
        write_wav(tmp_path / "none" / "a.wav", tone())
    assert [] == list(tmp_path.iterdir())
