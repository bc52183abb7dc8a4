/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usage: fuzz-film FILM AUDIO N [SEED]
 * Damages FILM in N ways, a few bytes each, most of them in its heads and tables, and has it written with AUDIO for each of its tracks: into
 * the folder it runs in. Whatever comes of that, nothing may be read or written where it must not be: for a build with sanitizers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "film.h"

static guint64 state;

static guint
draw (guint below)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (guint) ((state >> 16) % below);
}

/* A place in the first bytes, where Matroska's heads are, in MP4's index or a fragment's, or anywhere. */
static gsize
place (gsize size, const GArray *heads)
{
  const gsize moov = heads->len > 0 ? g_array_index (heads, gsize, draw (heads->len)) : 0;
  const guint where = draw (8);
  const gsize begin = where >= 4 && where < 7 && moov < size ? moov : 0;        /* it may have been cut off before */
  const gsize length = where == 7 ? size : MIN (size - begin, where < 4 ? 2000 : 4000);
  return begin + draw ((guint) length);
}

static void
damage (guint8 *data, gsize *size, const GArray *heads)
{
  for (guint n = 1 + draw (6); n > 0; n--) {
    guint8 *at = data + place (*size, heads);
    switch (draw (4)) {
      case 0:
        *at = (guint8) draw (256);
        break;
      case 1:
        *at ^= (guint8) (1u << draw (8));
        break;
      case 2:
        memset (at, draw (2) ? 0xff : 0, MIN (4, (gsize) (data + *size - at)));
        break;
      default:
        *at = 0x7f;
        if (draw (8) == 0)
          *size = MAX ((gsize) (at - data), 1);
    }
  }
}

/* 2: written, 1: opened, 0: refused */
static guint
try (const gchar *audio)
{
  GError *error = NULL;
  GstMasterFilm *film = gst_master_film_open ("damaged", "damaged", &error);
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (GstMasterFilmPart));
  guint come = film != NULL;

  for (guint i = 0; film != NULL && i < film->audio->len; i++) {
    const GstMasterFilmTrack *track = g_ptr_array_index (film->audio, i);
    const GstMasterFilmPart part = { track->id, audio, 48000, 1024 };
    g_array_append_val (parts, part);
  }
  if (film != NULL && g_file_set_contents ("written", "", 0, NULL))
    come += gst_master_film_write (film, parts, "written", "written", &error);
  g_clear_error (&error);
  g_array_unref (parts);
  gst_master_film_free (film);
  return come;
}

int
main (int argc, char **argv)
{
  gchar *data;
  gsize size;
  guint come[3] = { 0 };

  gst_init (&argc, &argv);
  if (argc < 4 || !g_file_get_contents (argv[1], &data, &size, NULL))
    return 1;
  GArray *heads = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (gsize at = 0; at + 4 <= size; at++)
    if (memcmp (data + at, "moov", 4) == 0 || memcmp (data + at, "moof", 4) == 0 || memcmp (data + at, "sidx", 4) == 0)
      g_array_append_val (heads, at);
  for (gint i = 0; i < atoi (argv[3]); i++) {
    guint8 *copy = g_memdup2 (data, size);
    gsize length = size;
    state = 0x9e3779b97f4a7c15u * ((guint64) i + 1 + (argc > 4 ? strtoull (argv[4], NULL, 10) : 0));
    damage (copy, &length, heads);
    if (g_file_set_contents ("damaged", (const gchar *) copy, (gssize) length, NULL))
      come[try (argv[2])]++;
    g_free (copy);
  }
  printf ("%u refused, %u opened, %u written\n", come[0], come[1], come[2]);
  g_array_unref (heads);
  g_free (data);
  return 0;
}
