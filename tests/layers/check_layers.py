#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the includes of kernels/ and pipeline/ against the table of layers in ARCHITECTURE.md.

    check_layers.py SOURCE_DIR
"""
import pathlib
import re
import sys

# layer: (layers it may include, libraries it may include)
LAYERS = {
    "kernels": ({"kernels"}, {"highway"}),
    "core": ({"core"}, {"fmt", "toml++", "json"}),
    "raster": ({"core", "raster"}, {"fmt", "gdal"}),
    "geometry": ({"core", "kernels", "raster", "geometry"}, {"fmt", "eigen", "gdal", "proj", "yaml-cpp", "json"}),
    "io": ({"core", "kernels", "raster", "io"}, {"fmt", "gdal", "hdf5", "codecs", "openssl", "xxhash", "json"}),
    "stages": ({"core", "geometry", "io", "kernels", "stages"}, {"fmt", "eigen", "json"}),
    "simulation": ({"core", "simulation"}, {"fmt", "eigen", "gdal", "toml++", "json"}),
    "handover": ({"core", "geometry", "io", "stages", "handover"}, {"fmt", "gdal", "json"}),
    "graph": ({"core", "graph"}, {"fmt", "tbb"}),
    "flow": ({"core", "geometry", "io", "stages", "graph", "handover", "flow"}, {"fmt", "json"}),
    "app": ({"core", "geometry", "io", "stages", "simulation", "graph", "flow", "handover", "app"}, {"fmt", "cli11", "spdlog", "json"}),
}
# Files that say more about a layer than the layer may know: what they report on.
EXCEPTIONS = {
    "pipeline/app/environment.cpp": {"gdal", "hdf5", "highway", "codecs", "proj", "tbb", "kernels"},
}
LIBRARIES = {
    "highway": r"hwy/",
    "fmt": r"fmt/",
    "toml++": r"toml\+\+/",
    "json": r"nlohmann/",
    "eigen": r"Eigen/",
    "gdal": r"(gdal|ogr|cpl)[_a-z]*\.h",
    "proj": r"proj\.h",
    "yaml-cpp": r"yaml-cpp/",
    "hdf5": r"(hdf5|H5)[_a-zA-Z]*\.h",
    "codecs": r"(libdeflate|lz4|blosc|zlib|isa-l(/.*)?)\.h",
    "openssl": r"openssl/",
    "xxhash": r"xxhash\.h",
    "opencv": r"opencv2/",
    "tbb": r"(tbb|oneapi)/",
    "cli11": r"CLI/",
    "spdlog": r"spdlog/",
}
# What no header may bring into another layer.
PRIVATE = {"gdal", "hdf5", "opencv", "tbb"}
# Of the standard library and the system; the kernels do without the second.
STANDARD = re.compile(r"[a-z_0-9]+")
SYSTEM = re.compile(r"(sys/)?[a-z]+\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def layer_of(path):
    parts = path.split("/")
    if parts[0] == "kernels":
        return "kernels"
    return parts[1] if len(parts) > 2 else "graph"


def library_of(name):
    return next((library for library, pattern in LIBRARIES.items() if re.match(pattern, name)), None)


def check(root):
    sources = sorted(p for top in ("kernels", "pipeline") for p in (root / top).rglob("*") if p.suffix in (".h", ".cpp"))
    includes = {}  # file: own files, libraries
    complaints = []
    for source in sources:
        path = source.relative_to(root).as_posix()
        layer = layer_of(path)
        if layer not in LAYERS:
            complaints.append(f"{path}: layer {layer} is not in the table of tests/layers/check_layers.py")
            continue
        layers, libraries = LAYERS[layer]
        more = EXCEPTIONS.get(path, set())
        own, used = [], set()
        for quote, name in INCLUDE.findall(source.read_text()):
            if quote == '"':
                target = name if name.startswith("kernels/") else "pipeline/" + name
                own.append(target)
                if not (root / target).is_file():
                    complaints.append(f"{path}: \"{name}\" names no file from the top of kernels/ or pipeline/")
                elif layer_of(target) not in layers | more:
                    complaints.append(f"{path}: {layer} must not include {layer_of(target)} (\"{name}\")")
                continue
            library = library_of(name)
            if library:
                used.add(library)
                if library not in libraries | more:
                    complaints.append(f"{path}: {layer} must not include {library} (<{name}>)")
            elif not STANDARD.fullmatch(name) and (layer == "kernels" or not SYSTEM.fullmatch(name)):
                complaints.append(f"{path}: <{name}> is no library that {layer} may use")
        includes[path] = (own, used)

    def reached(path, seen):
        """Private libraries that a file's includes bring in, own headers followed."""
        if path in seen or path not in includes:
            return set()
        seen.add(path)
        own, used = includes[path]
        return (used & PRIVATE).union(*(reached(header, seen) for header in own))

    for path, (own, _) in includes.items():
        for header in own:
            if header in includes and layer_of(header) != layer_of(path):
                for library in sorted(reached(header, set())):
                    complaints.append(f"{path}: \"{header}\" leaks {library} into {layer_of(path)}")
    return len(sources), sorted(set(complaints))


count, complaints = check(pathlib.Path(sys.argv[1]))
print(*complaints, sep="\n", end="\n" if complaints else "")
print(f"{count} files, {len(complaints)} complaints")
sys.exit(1 if complaints or not count else 0)
