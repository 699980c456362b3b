/* empty_stock: what libfcgi does as it comes, a thread a connection: empty_stock SOCKET
 * It reads the body and says 202, as a worker that does nothing else would. */
#include <fcgiapp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 512, BACKLOG = 1024, STACK = 256 * 1024 };

static int listening;

static int read_body(const FCGX_Request *request) {
    char body[16384];
    const char *said = FCGX_GetParam("CONTENT_LENGTH", request->envp);
    int length = 0, got;
    while ((got = FCGX_GetStr(body, sizeof body, request->in)) > 0)
        length += got;
    return said && atoi(said) == length;
}

static void *serve(void *unused) {
    FCGX_Request request;
    FCGX_InitRequest(&request, listening, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const char *status = read_body(&request) ? "202 Accepted" : "400 Bad Request";
        FCGX_FPrintF(request.out,
                     "Status: %s\r\nContent-Type: application/json; charset=utf-8\r\n"
                     "Cache-Control: no-store\r\n\r\n"
                     "{\"status\":\"accepted\",\"confirmation\":\"email\"}",
                     status);
        FCGX_Finish_r(&request);
    }
    return unused;
}

int main(int argc, char **argv) {
    pthread_attr_t attributes;
    pthread_t thread;
    if (argc != 2 || FCGX_Init() != 0 || (listening = FCGX_OpenSocket(argv[1], BACKLOG)) < 0) {
        fputs("usage: empty_stock SOCKET\n", stderr);
        return 2;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    for (int i = 1; i < THREADS; i++)
        if (pthread_create(&thread, &attributes, serve, NULL) != 0)
            return 2;
    serve(NULL);
    return 0;
}
