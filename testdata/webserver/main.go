// Command webserver serves one page: what a program packed from nothing finds around it.
//
// Usage: webserver [-addr ADDRESS] [-get URL]
//
// With -get it fetches a page instead, which over https shows whether the image has the certificates it needs.
// It listens on ":8080", or on the port that PORT names, and stops on SIGTERM and SIGINT.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"
)

func main() {
	addr := flag.String("addr", ":"+port(), "listen on this `ADDRESS`")
	get := flag.String("get", "", "fetch this `URL`, print its page and exit")
	flag.Parse()

	var err error
	if *get != "" {
		err = fetch(*get)
	} else {
		err = serve(*addr)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return "8080"
}

func serve(addr string) error {
	server := &http.Server{Addr: addr, Handler: http.HandlerFunc(page), ReadHeaderTimeout: 5 * time.Second}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	go func() {
		<-stop.Done()
		server.Shutdown(context.Background())
	}()
	log.Printf("listening on %s", addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func page(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "hello from a container with nothing else in it")
	fmt.Fprintf(w, "user: %d:%d %s\n", os.Getuid(), os.Getgid(), name())
	fmt.Fprintf(w, "temporary file: %s\n", temporary())
}

func name() string {
	user, err := user.Current()
	if err != nil {
		return err.Error()
	}
	return user.Username + ", at home in " + user.HomeDir
}

func temporary() string {
	file, err := os.CreateTemp("", "page")
	if err != nil {
		return err.Error()
	}
	defer os.Remove(file.Name())
	if err := file.Close(); err != nil {
		return err.Error()
	}
	return "written"
}

func fetch(url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}
