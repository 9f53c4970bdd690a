"""Triangles to pixels: a z-buffer with textured, Gouraud-lit triangles, compiled by numba.

No GL, so that a clip can be rendered on any machine with one CPU core. Texture coordinates are
interpolated without the perspective division: the triangles of a body are a few pixels wide and
the error stays far below a pixel.
"""

import numba
import numpy as np

from appliance.domain.arrays import AnyArray, FloatArray


@numba.njit(cache=True, fastmath=True, boundscheck=False)
def draw_triangles(  # noqa: PLR0917  # numba takes no keyword-only arguments
    screen: FloatArray,
    triangles: AnyArray,
    texels: FloatArray,
    texel_triangles: AnyArray,
    light: FloatArray,
    gloss: FloatArray,
    culled: AnyArray,
    atlas: AnyArray,
    colour: FloatArray,
    depth: FloatArray,
) -> None:
    """Draw triangles into ``colour`` and ``depth``, nearest surface first.

    A pixel is covered when its centre lies inside the triangle. Its colour is
    ``texture * light + gloss``, interpolated over the corners. Looped and free of allocation
    because numba compiles it.

    Args:
        screen: (V, 3) pixel x, pixel y, distance from the camera in metres.
        triangles: (T, 3) int32 corners; on screen, y down, a front face is counter-clockwise.
        texels: (U, 2) texture positions in texels of ``atlas``.
        texel_triangles: (T, 3) int32 corners in ``texels``; a seam has one vertex and two of these.
        light: (V, 3) BGR light that reaches the surface, 1 = as bright as the texture.
        gloss: (V,) reflected light added to every channel, in [0, 255].
        culled: (T,) uint8, 1 where back faces are dropped.
        atlas: (H, W, 3) uint8 BGR texture.
        colour: (h, w, 3) BGR in [0, 255], written.
        depth: (h, w) distance of the nearest surface so far, metres, written.
    """
    height, width = depth.shape
    atlas_height, atlas_width = atlas.shape[0], atlas.shape[1]
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = screen[a, 0], screen[a, 1]
        bx, by = screen[b, 0], screen[b, 1]
        cx, cy = screen[c, 0], screen[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or (area > 0.0 and culled[t] == 1):
            continue
        x_first = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        x_last = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y_first = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        y_last = min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        if x_first > x_last or y_first > y_last:
            continue
        inverse = np.float32(1.0) / area
        ta, tb, tc = texel_triangles[t, 0], texel_triangles[t, 1], texel_triangles[t, 2]
        # The weights of a and b change linearly: by these per pixel to the right.
        wa_step = (by - cy) * inverse
        wb_step = (cy - ay) * inverse
        x_start = np.float32(x_first) + np.float32(0.5)
        za, zb, zc = screen[a, 2], screen[b, 2], screen[c, 2]
        for y in range(y_first, y_last + 1):
            py = np.float32(y) + np.float32(0.5)
            wa = ((bx - x_start) * (cy - py) - (by - py) * (cx - x_start)) * inverse - wa_step
            wb = ((cx - x_start) * (ay - py) - (cy - py) * (ax - x_start)) * inverse - wb_step
            entered = False
            for x in range(x_first, x_last + 1):
                wa += wa_step
                wb += wb_step
                wc = np.float32(1.0) - wa - wb
                if wa < 0.0 or wb < 0.0 or wc < 0.0:
                    if entered:
                        break  # a row crosses a triangle once
                    continue
                entered = True
                z = wa * za + wb * zb + wc * zc
                if z >= depth[y, x]:
                    continue
                depth[y, x] = z
                u = int(wa * texels[ta, 0] + wb * texels[tb, 0] + wc * texels[tc, 0])
                v = int(wa * texels[ta, 1] + wb * texels[tb, 1] + wc * texels[tc, 1])
                u = min(max(u, 0), atlas_width - 1)
                v = min(max(v, 0), atlas_height - 1)
                shine = wa * gloss[a] + wb * gloss[b] + wc * gloss[c]
                for k in range(3):
                    lit = wa * light[a, k] + wb * light[b, k] + wc * light[c, k]
                    colour[y, x, k] = atlas[v, u, k] * lit + shine


@numba.njit(cache=True, fastmath=True, boundscheck=False)
def vertex_normals(points: FloatArray, triangles: AnyArray) -> FloatArray:
    """Return (V, 3) unit normals, each the area-weighted mean of the triangles around a vertex."""
    normals = np.zeros_like(points)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = (
            points[b, 0] - points[a, 0],
            points[b, 1] - points[a, 1],
            points[b, 2] - points[a, 2],
        )
        vx, vy, vz = (
            points[c, 0] - points[a, 0],
            points[c, 1] - points[a, 1],
            points[c, 2] - points[a, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(points.shape[0]):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        if length > 0.0:
            normals[i] /= length
    return normals


@numba.njit(cache=True, fastmath=True, boundscheck=False)
def shade(  # noqa: PLR0917  # numba takes no keyword-only arguments
    points: FloatArray,
    normals: FloatArray,
    viewer: FloatArray,
    two_sided: AnyArray,
    shine: FloatArray,
    openness: FloatArray,
    key_direction: FloatArray,
    key: FloatArray,
    sky: FloatArray,
    ground: FloatArray,
    front: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the light (V, 3) and the highlight (V,) of every vertex.

    Surrounding light between ``ground`` and ``sky`` by the height of the normal, a wrapped Lambert
    term for the key light (skin scatters light past the terminator), a Lambert term for the
    monitor in front, and a Blinn-Phong highlight.

    Args:
        points: (V, 3) metres.
        normals: (V, 3) unit normals.
        viewer: (3,) position of the camera, metres.
        two_sided: (V,) 1 where the normal is turned to the viewer.
        shine: (V,) strength of the highlight.
        openness: (V,) share of the surrounding light.
        key_direction: (3,) unit vector to the key light.
        key: (3,) BGR colour of the key light, 1 = white.
        sky: (3,) BGR colour from above.
        ground: (3,) BGR colour from below.
        front: (3,) BGR colour of the monitor.
    """
    count = points.shape[0]
    light = np.empty((count, 3), dtype=np.float32)
    gloss = np.empty(count, dtype=np.float32)
    for i in range(count):
        vx, vy, vz = viewer[0] - points[i, 0], viewer[1] - points[i, 1], viewer[2] - points[i, 2]
        length = np.sqrt(vx * vx + vy * vy + vz * vz)
        vx, vy, vz = vx / length, vy / length, vz / length
        nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
        if two_sided[i] == 1 and nx * vx + ny * vy + nz * vz < 0.0:
            nx, ny, nz = -nx, -ny, -nz
        toward_key = nx * key_direction[0] + ny * key_direction[1] + nz * key_direction[2]
        wrapped = max(0.0, (toward_key + 0.3) / 1.3)
        up = 0.5 + 0.5 * nz
        facing = max(0.0, -ny)
        hx, hy, hz = vx + key_direction[0], vy + key_direction[1], vz + key_direction[2]
        h_length = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-6
        halfway = max(0.0, (nx * hx + ny * hy + nz * hz) / h_length)
        sharp = halfway ** (24.0 if shine[i] < 0.5 else 90.0)
        gloss[i] = 255.0 * 0.45 * shine[i] * sharp * openness[i]
        for k in range(3):
            around = ground[k] * (1.0 - up) + sky[k] * up + front[k] * facing
            light[i, k] = (around + key[k] * wrapped) * openness[i]
    return light, gloss
