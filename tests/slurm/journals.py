# SPDX-License-Identifier: Apache-2.0
"""Reads what the program has put on record of finished tiles (pipeline/io/tile_journal.h), without the program."""
import pathlib
import struct

TILE = 1


def finished_tiles(journal):
    """Numbers of the tiles whose records are whole."""
    content = journal.read_bytes()
    tiles, at = set(), 8
    while at + 8 <= len(content):
        size, _ = struct.unpack_from("<II", content, at)
        if at + 8 + size > len(content):
            break
        kind, tile = struct.unpack_from("<Bq", content, at + 8)
        if kind == TILE:
            tiles.add(tile)
        at += 8 + size
    return tiles


def read(output, parts="*"):
    """Finished tiles of each product in an output folder: product to numbers of tiles. `parts`: pattern for the
    journals' names, as "shard-2of4"."""
    found = {}
    for journal in pathlib.Path(output).glob(f".work/*/{parts}.tiles*"):
        try:
            tiles = finished_tiles(journal)
        except FileNotFoundError:  # it has got another name meanwhile
            return read(output, parts)
        found.setdefault(journal.parent.name, set()).update(tiles)
    return found


def count(output, parts="*"):
    return sum(len(tiles) for tiles in read(output, parts).values())
