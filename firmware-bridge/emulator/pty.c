#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "fail.h"

static const char *link_path;

static void remove_link(void)
{
    unlink(link_path);
}

static void make_link(const char *target, const char *path)
{
    struct stat status;
    /* A link left behind by a killed emulator may go; anything else is not ours to remove. */
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) unlink(path);
    if (symlink(target, path) != 0) fail("Cannot make the link '%s': %s.", path, strerror(errno));
    link_path = path;
    atexit(remove_link);
}

static int open_reader_end(const pty *self)
{
    return open(self->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

void pty_open(pty *self, const char *link)
{
    self->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (self->master < 0 || grantpt(self->master) != 0 || unlockpt(self->master) != 0)
        fail("Cannot open a pseudo-terminal: %s.", strerror(errno));
    const char *name = ptsname(self->master);
    if (name == NULL || strlen(name) >= sizeof self->path) fail("Cannot name the pseudo-terminal.");
    strcpy(self->path, name);
    fcntl(self->master, F_SETFD, FD_CLOEXEC);
    fcntl(self->master, F_SETFL, O_NONBLOCK);
    /* Raw before anybody knows the path: an echo would come back as commands. Opening and closing the reader's end
     * once also makes poll() report POLLHUP until a reader comes. */
    int reader = open_reader_end(self);
    struct termios mode;
    if (reader < 0 || tcgetattr(reader, &mode) != 0) fail("Cannot open '%s': %s.", self->path, strerror(errno));
    cfmakeraw(&mode);
    if (tcsetattr(reader, TCSANOW, &mode) != 0) fail("Cannot set '%s' to raw mode: %s.", self->path, strerror(errno));
    close(reader);
    if (link != NULL) make_link(self->path, link);
}

bool pty_has_reader(const pty *self)
{
    struct pollfd entry = {.fd = self->master, .events = POLLIN};
    return poll(&entry, 1, 0) >= 0 && (entry.revents & POLLHUP) == 0;
}

void pty_discard(const pty *self)
{
    char scrap[256];
    while (read(self->master, scrap, sizeof scrap) > 0) {
    }
    int reader = open_reader_end(self);
    if (reader < 0) return;
    tcflush(reader, TCIOFLUSH);
    close(reader);
}

int pty_unread(const pty *self)
{
    int count = 0, reader = open_reader_end(self);
    if (reader < 0) return 0;
    if (ioctl(reader, FIONREAD, &count) != 0) count = 0;
    close(reader);
    return count;
}
