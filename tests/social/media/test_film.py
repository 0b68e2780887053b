"""Videos where there is ffmpeg: played everywhere, with a picture, without the camera's words, within bounds."""

import asyncio
import io
import os
import subprocess
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from fourfold.contracts.core import Files
from fourfold.ground.film import Ffmpeg, TookTooLong, Unplayable, film_at, find_ffmpeg, version_of
from fourfold.ground.settings import load_settings
from fourfold.ground.videos import Film, film_in
from fourfold.ground.work import Desk
from fourfold.serve.errands.doctor import _film
from fourfold.social.media.make import Unusable, make_video
from tests.builders.at_work import at_work
from tests.builders.community import write
from tests.builders.media import FFMPEG, MEDIA_HERE, filmed, mp4, prepared, sent, settled, stored_media, webm
from tests.conftest import Tenant

needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not installed here")
PICTURES = ("-f", "lavfi", "-i", "testsrc=size={size}:rate=10:duration={seconds}")
SOUND = ("-f", "lavfi", "-i", "sine=duration={seconds}")


def words_for(size: str, seconds: float, *rest: str, sound: bool = True) -> list[str]:
    """How ffmpeg is asked for a video of its own."""
    told = [*PICTURES, *(SOUND if sound else ())]
    return [*(each.format(size=size, seconds=seconds) for each in told), *rest]


def program(folder: Path, name: str, text: str) -> str:
    """A program of the shell."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


def test_it_is_found_or_named(tmp_path: Path) -> None:
    """S-21: the setting names ffmpeg, or says that it is not wanted; without ffprobe beside it there is none."""
    assert find_ffmpeg(load_settings(home=tmp_path, ffmpeg="off")) is None
    named = program(tmp_path, "ffmpeg", "echo ffmpeg version 9.9")
    assert find_ffmpeg(load_settings(home=tmp_path, ffmpeg=named)) is None
    probe = program(tmp_path, "ffprobe", "echo")
    tools = find_ffmpeg(load_settings(home=tmp_path, ffmpeg=named))
    assert tools == Ffmpeg(named, probe)
    assert asyncio.run(version_of(tools)) == "9.9"
    assert find_ffmpeg(load_settings(home=tmp_path, ffmpeg=str(tmp_path / "none"))) is None


def test_the_program_is_given_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-21: no setting of ours, no network, one kind of container; and others go first."""
    monkeypatch.setenv("FOURFOLD_SECRET", "a secret")
    text = f'env > {tmp_path}/env; echo "$@" > {tmp_path}/words; nice > {tmp_path}/nice; echo "{{}}"'
    tools = Ffmpeg("none", program(tmp_path, "ffprobe", text))
    assert asyncio.run(film_at(tools, tmp_path / "film", "video/quicktime")) is None
    told = (tmp_path / "env").read_text()
    assert "secret" not in told.lower()
    assert {line.partition("=")[0] for line in told.split()} <= {"PATH", "LC_ALL", "PWD", "SHLVL", "_", "OLDPWD"}
    words = (tmp_path / "words").read_text()
    assert "-protocol_whitelist file " in words
    assert "-f mov " in words
    assert int((tmp_path / "nice").read_text()) >= 15


def test_it_is_ended_when_it_takes_too_long(tmp_path: Path) -> None:
    """S-21: it is ended together with what it has started; what fails is told apart from that."""
    began = time.monotonic()
    with pytest.raises(TookTooLong):
        asyncio.run(film_at(Ffmpeg("none", program(tmp_path, "ffprobe", "sleep 90")), tmp_path / "a", "video/mp4", 1.0))
    # Long before it would have ended by itself.
    assert time.monotonic() - began < 60
    for text in ("exit 3", "echo no JSON"):
        with pytest.raises(Unplayable) as problem:
            asyncio.run(film_at(Ffmpeg("none", program(tmp_path, "ffprobe", text)), tmp_path / "a", "video/mp4"))
        assert not isinstance(problem.value, TookTooLong)


def test_without_ffmpeg_a_video_stays_as_it_is(tenant: Tenant) -> None:
    """S-21: MP4 and WebM of up to ten minutes are kept as they are; others need ffmpeg, and say so."""

    def tried(content: bytes) -> Any:
        file_id = sent(tenant.owner, content)

        async def make(desk: Desk) -> dict[str, Any] | str:
            desk.house.settings = desk.house.settings.model_copy(update={"ffmpeg": "off"})
            stored = await desk.ask(Files).facts_of(desk.who.tenant_id, UUID(tenant.owner.account_id), [UUID(file_id)])
            try:
                return await make_video(desk, f"social/media/{file_id}/try", stored[UUID(file_id)], unheard)
            except Unusable as problem:
                return problem.reason

        return at_work(tenant, make)

    kept = tried(mp4(20, (320, 240)))
    assert (kept["transcoded"], kept["seconds"], kept["width"], kept["height"]) == (False, 20.0, 320, 240)
    assert list(kept["variants"]) == ["video"]
    assert tried(webm())["variants"]["video"]["type"] == "video/webm"
    assert tried(mp4(601)) == "too_long"
    assert tried(mp4(kind=b"soun")) == "no_picture"
    assert tried(b"\0\0\0\x14ftypqt  " + bytes(100)) == "needs_ffmpeg"


async def unheard(_done: float) -> None:
    """Nobody is told."""


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "size", "rest", "shown"),
    [
        ("wide.mp4", "1920x1080", ("-metadata", "title=Secret place"), (1280, 720)),
        ("high.mov", "720x1600", ("-metadata", "location=+48.1+11.5/"), (576, 1280)),
        ("odd.webm", "321x181", ("-c:v", "libvpx", "-c:a", "libvorbis"), (320, 180)),
        ("small.mkv", "320x240", (), (320, 240)),
    ],
)
def test_a_video_plays_everywhere(
    tenant: Tenant, tmp_path: Path, name: str, size: str, rest: tuple[str, ...], shown: tuple[int, int]
) -> None:
    """S-21: H.264 and AAC in MP4, 1280 pixels at most, with a picture of it, without what the camera wrote."""
    told = prepared(tenant.owner, filmed(tmp_path, *words_for(size, 2, *rest), name=name))
    assert (told["state"], told["reason"], told["transcoded"]) == ("ready", None, True)
    assert (told["width"], told["height"]) == shown
    assert (round(told["seconds"]), len(told["blurhash"])) == (2, 28)
    assert [each["name"] for each in told["variants"]] == ["video", "poster", "400"]
    video, poster, _ = (tenant.owner.get(each["url"]) for each in told["variants"])
    assert video.headers["content-type"] == "video/mp4"
    assert b"Secret place" not in video.content
    assert b"+48.1" not in video.content
    with Image.open(io.BytesIO(poster.content)) as picture:
        assert (picture.format, max(picture.size)) == ("WEBP", max(shown))
    (tmp_path / "made.mp4").write_bytes(video.content)
    assert codecs_of(tmp_path / "made.mp4") == ["h264", "aac"]
    part = tenant.owner.get(told["variants"][0]["url"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert list((tenant.running.settings.home / "film").iterdir()) == []


def codecs_of(path: Path) -> list[str]:
    """How the streams of a file are packed."""
    words = ["ffprobe", "-v", "fatal", "-show_entries", "stream=codec_name", "-of", "csv=p=0", str(path)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()


@needs_ffmpeg
def test_a_silent_video_is_one(tenant: Tenant, tmp_path: Path) -> None:
    """S-21: a video without sound is taken, sound without a video is not; nor is one that is cut off."""
    silent = filmed(tmp_path, *words_for("320x240", 1, sound=False))
    assert prepared(tenant.owner, silent)["state"] == "ready"
    sound = filmed(tmp_path, *(each.format(seconds=1) for each in SOUND), name="sound.mp4")
    assert prepared(tenant.owner, sound)["reason"] == "no_picture"
    assert prepared(tenant.owner, silent[: len(silent) // 2])["reason"] in {"unreadable", "no_picture"}
    assert len(stored_media(tenant)) == 3


@needs_ffmpeg
def test_a_long_video_fails(tenant: Tenant, tmp_path: Path) -> None:
    """S-21: ten minutes and no more."""
    words = ("-f", "lavfi", "-i", "color=size=16x16:rate=1:duration=660", "-preset", "ultrafast")
    told = prepared(tenant.owner, filmed(tmp_path, *words))
    assert (told["state"], told["reason"]) == ("failed", "too_long")
    assert stored_media(tenant) == []


@needs_ffmpeg
def test_a_list_of_other_files_is_no_video(tenant: Tenant, tmp_path: Path) -> None:
    """S-21: a file that begins as a video and names others, on disk or elsewhere, gets nothing out of them."""
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    listed = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode()
    content = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + listed
    assert prepared(tenant.owner, content)["state"] == "failed"
    assert stored_media(tenant) == []


@needs_ffmpeg
def test_how_far_it_is_can_be_seen(tenant: Tenant, tmp_path: Path) -> None:
    """S-21: while a long video is made its progress rises; a post shows it as processing, and has it in the end."""
    file_id = sent(tenant.owner, filmed(tmp_path, *words_for("1920x1080", 15, "-preset", "ultrafast")))
    post = write(tenant.owner, media_ids=[file_id])
    assert post["media"][0]["state"] == "processing"
    assert tenant.visitor.get(post["media"][0]["url"]).json()["code"] == "social.medium_not_ready"
    seen: list[float] = []
    while (told := tenant.owner.get(f"{MEDIA_HERE}/{file_id}").json())["state"] in {"waiting", "processing"}:
        seen.append(told["progress"])
        time.sleep(0.05)
    assert told["state"] == "ready"
    assert seen == sorted(seen)
    assert any(0 < each < 1 for each in seen)


@needs_ffmpeg
def test_a_real_film_is_read_as_we_read_it(tmp_path: Path) -> None:
    """S-21: what we read of a real file without ffmpeg is what ffmpeg reads of it."""
    tools = find_ffmpeg(load_settings(home=tmp_path))
    assert tools is not None
    for name, kind in (("a.mp4", "video/mp4"), ("b.webm", "video/webm")):
        content = filmed(tmp_path, *words_for("320x240", 3), name=name)
        ours = asyncio.run(told_of(content, kind))
        theirs = asyncio.run(film_at(tools, tmp_path / name, kind))
        assert ours is not None
        assert theirs is not None
        assert (ours.width, ours.height) == (theirs.width, theirs.height) == (320, 240)
        assert abs((ours.seconds or 0) - (theirs.seconds or 0)) < 0.2


async def told_of(content: bytes, kind: str) -> Film | None:
    """What a file says of itself."""

    async def read(start: int, end: int) -> bytes:
        return content[start:end]

    return await film_in(kind, len(content), read)


@needs_ffmpeg
def test_a_killed_maker_leaves_nothing_behind(tenant: Tenant, tmp_path: Path) -> None:
    """S-21, I10: what a killed worker has left on its disk is cleared away by the next one, and made once."""
    file_id = sent(tenant.owner, filmed(tmp_path, *words_for("640x360", 2)))
    bench = tenant.running.settings.home / "film" / file_id
    bench.mkdir(parents=True)
    (bench / "playable.mp4").write_bytes(os.urandom(1000))
    assert tenant.owner.post(MEDIA_HERE, json={"file_id": file_id}).status_code == 202
    assert settled(tenant.owner, file_id)["state"] == "ready"
    assert not bench.exists()
    assert len(stored_media(tenant)) == 3


def test_the_doctor_tells(tmp_path: Path) -> None:
    """S-21, P-30: without ffmpeg all is well; when one is named that is not there, or does not start, it is not."""

    def found(ffmpeg: str | None) -> tuple[bool, str]:
        told = asyncio.run(_film(load_settings(home=tmp_path, ffmpeg=ffmpeg)))
        return told.ok, told.told

    assert found("off") == (True, "none: videos are shown as they were sent")
    assert found(str(tmp_path / "ffmpeg"))[0] is False
    named = program(tmp_path, "ffmpeg", "echo ffmpeg version 9.9")
    program(tmp_path, "ffprobe", "echo")
    assert found(named) == (True, "version 9.9")
    program(tmp_path, "ffmpeg", "exit 1")
    assert found(named)[0] is False
