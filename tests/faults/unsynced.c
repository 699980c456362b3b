/* unsynced: a library to preload in which the disk fails to sync once: the next time after the file
 * that FAULTS_UNSYNCED names was made. It is gone then. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int sync_by(long call, int fd) {
    const char *mark = getenv("FAULTS_UNSYNCED");
    if (mark && unlink(mark) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(call, fd);
}

int fsync(int fd) {
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return sync_by(SYS_fdatasync, fd);
}
