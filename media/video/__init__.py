"""The video engine: plain functions on paths. It knows no job, no row and no network, and runs in a child process.

    platforms    what platforms take, and the three renditions that serve all of them
    opening      a file opened with care; what is refused
    probing      what is in a file
    transcoding  one rendition of it: H.264 and AAC in an MP4
    frames       stills: the poster and the thumbnails
    sound        the sound alone, and how loud it is

Below them: `headers` (files known by their first bytes), `colours`, `shaping` (size and direction), `aligning` (sound
on a time line), `burning` (subtitles in the picture), `ticking` (progress), `writing`. PyAV is imported inside
functions: it is large, and most processes never need it.
"""
