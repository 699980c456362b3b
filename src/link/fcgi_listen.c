#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi_private.h"

enum { MODE = 0660, GROUPS_MAX = 256 };

static enum status refuse(enum status status, char *why, size_t why_size, const char *what) {
    snprintf(why, why_size, "%s: %s", what, strerror(errno));
    return status;
}

/* An old socket file, of a process that was killed, is in the way of bind. */
static enum status remove_old(const char *path, char *why, size_t why_size) {
    struct stat old;

    if (lstat(path, &old) != 0)
        return ST_OK; /* bind will tell what is wrong with the path */
    if (!S_ISSOCK(old.st_mode)) {
        snprintf(why, why_size, "the FastCGI socket's path is taken by something else");
        return ST_INVALID;
    }
    if (unlink(path) != 0)
        return refuse(ST_FAULT, why, why_size, "cannot remove the old FastCGI socket");
    return ST_OK;
}

/* The mode is set before there is a file, so there is no moment in which all may connect. */
static bool bind_private(int fd, const struct sockaddr_un *address) {
    return fchmod(fd, MODE) == 0 &&
           bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
           chmod(address->sun_path, MODE) == 0;
}

static enum status listen_at(struct fcgi *fcgi, const char *path, int backlog, char *why,
                             size_t why_size) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    enum status status;

    if (path[0] != '/' || strlen(path) >= sizeof address.sun_path) {
        snprintf(why, why_size,
                 "the FastCGI socket's path must start with / and have at most %zu "
                 "bytes",
                 sizeof address.sun_path - 1);
        return ST_INVALID;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    status = remove_old(path, why, why_size);
    if (status != ST_OK)
        return status;
    fcgi->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fcgi->listener < 0)
        return refuse(ST_FAULT, why, why_size, "cannot make the FastCGI socket");
    if (!bind_private(fcgi->listener, &address))
        return refuse(errno == ENOENT || errno == ENOTDIR ? ST_INVALID : ST_FAULT, why, why_size,
                      "cannot bind the FastCGI socket");
    if (listen(fcgi->listener, backlog > 0 ? backlog : SOMAXCONN) != 0)
        return refuse(ST_FAULT, why, why_size, "cannot listen on the FastCGI socket");
    return ST_OK;
}

static enum status inherit(struct fcgi *fcgi, int fd, char *why, size_t why_size) {
    struct sockaddr_un address = {0}; /* a socket without a name fills in none */
    socklen_t size = sizeof address;
    int listens = 0, flags = fcntl(fd, F_GETFL);
    socklen_t listens_size = sizeof listens;

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.sun_family != AF_UNIX ||
        address.sun_path[0] != '/' ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) != 0 || !listens) {
        snprintf(why, why_size, "the descriptor passed in is not a listening AF_UNIX socket");
        return ST_INVALID;
    }
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return refuse(ST_FAULT, why, why_size, "cannot use the descriptor passed in");
    fcgi->listener = fd;
    fcgi->inherited = true;
    fcgi->path = strndup(address.sun_path, sizeof address.sun_path);
    return ST_OK;
}

enum status fcgi_listen(struct fcgi *fcgi, const struct fcgi_options *options, char *why,
                        size_t why_size) {
    struct stat file;
    enum status status;

    if (options->inherited_fd >= 0) {
        status = inherit(fcgi, options->inherited_fd, why, why_size);
    } else {
        fcgi->path = strdup(options->socket);
        status = listen_at(fcgi, options->socket, options->backlog, why, why_size);
    }
    if (status != ST_OK)
        return status;
    if (!fcgi->path || stat(fcgi->path, &file) != 0)
        return refuse(ST_FAULT, why, why_size, "cannot see the FastCGI socket");
    fcgi->device = file.st_dev;
    fcgi->inode = file.st_ino;
    fcgi->group = file.st_gid;
    return ST_OK;
}

void fcgi_unlisten(struct fcgi *fcgi) {
    struct stat file;

    if (fcgi->listener >= 0)
        close(fcgi->listener);
    fcgi->listener = -1;
    /* A successor may have put its own there. */
    if (fcgi->path && !fcgi->inherited && lstat(fcgi->path, &file) == 0 &&
        file.st_dev == fcgi->device && file.st_ino == fcgi->inode)
        unlink(fcgi->path);
}

bool fcgi_peer_may(const struct fcgi *fcgi, int fd) {
    struct ucred peer;
    gid_t groups[GROUPS_MAX];
    socklen_t size = sizeof peer, groups_size = sizeof groups;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    if (peer.uid == 0 || peer.uid == geteuid() || peer.gid == fcgi->group)
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_size) != 0)
        return false;
    for (size_t i = 0; i < groups_size / sizeof groups[0]; i++) {
        if (groups[i] == fcgi->group)
            return true;
    }
    return false;
}
