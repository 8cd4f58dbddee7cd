// Command crm is a small CRM around the library: a database, pages for people, an interface for machines, and a scheduler that sleeps.
//
//	go run . -addr 127.0.0.1:8080
//
// It starts with a database in a file, fills it with a demo, and prints the address and the password. All that it does for a living is
// wired here: package store keeps the tables, package app asks the library what to do, web shows it, api takes it in and sends it out.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/leadloop/leadloop/examples/crm/api"
	"github.com/leadloop/leadloop/examples/crm/api/webhook"
	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := read(os.Args[1:], os.Getenv, os.Stderr)
	if err == nil {
		err = run(ctx, c, os.Stdout, os.Stderr)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "crm:", err)
		os.Exit(1)
	}
}

// A config is what flags and the environment say. Secrets come from the environment: flags can be read by everybody on the machine. The
// password of the demo is an exception, since it guards made-up people.
type config struct {
	address, dsn string
	seed         int
	password     string
	zone         *time.Location
	secure       bool
	webhook      string
	secret       webhook.Secret // CRM_WEBHOOK_SECRET
	writeKey     string         // CRM_WRITE_KEY
	token        string         // CRM_API_TOKEN
}

func read(arguments []string, environment func(string) string, help io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("crm", flag.ContinueOnError)
	flags.SetOutput(help)
	flags.StringVar(&c.address, "addr", "127.0.0.1:8080", "`address` to serve at")
	flags.StringVar(&c.dsn, "dsn", "file:crm.db", "`database`: file:… for SQLite, postgres://… for PostgreSQL")
	flags.IntVar(&c.seed, "seed", 200, "`leads` of the demo that an empty database is filled with")
	flags.StringVar(&c.password, "password", "", "`password` of the people of the demo; without it one is made up and printed")
	flags.BoolVar(&c.secure, "secure", false, "the pages are reached by https, through a proxy: send cookies over it alone, and find in X-Forwarded-For who asks")
	flags.StringVar(&c.webhook, "webhook", "", "`address` that effects are sent to, signed with CRM_WEBHOOK_SECRET; without it they are logged")
	zone := flags.String("zone", "Europe/Berlin", "time `zone` of the people at the pages")
	if err := flags.Parse(arguments); err != nil {
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("%q is no flag: crm takes flags alone, see crm -help", flags.Arg(0))
	}
	var err error
	if c.zone, err = time.LoadLocation(*zone); err != nil {
		return c, fmt.Errorf("-zone: %w", err)
	}
	if c.webhook != "" {
		if c.secret, err = webhook.ParseSecret(environment("CRM_WEBHOOK_SECRET")); err != nil {
			return c, fmt.Errorf("CRM_WEBHOOK_SECRET, which -webhook needs: %w", err)
		}
	}
	if c.password == "" {
		c.password = rand.Text()[:12]
	}
	if c.writeKey = environment("CRM_WRITE_KEY"); c.writeKey == "" {
		c.writeKey = "demo"
	}
	c.token = environment("CRM_API_TOKEN")
	return c, nil
}

// run serves until ctx ends. Then it lets requests finish, stops the workers and closes the database.
func run(ctx context.Context, c config, out, logs io.Writer) error {
	log := slog.New(slog.NewJSONHandler(logs, nil))
	s, err := store.Open(ctx, c.dsn)
	if err != nil {
		return err
	}
	err = serve(ctx, c, s, out, log)
	return errors.Join(err, s.Close())
}

func serve(ctx context.Context, c config, s *store.Store, out io.Writer, log *slog.Logger) error {
	metrics := api.NewMetrics()
	a, err := app.New(ctx, s, app.Options{Log: log, Count: metrics.Decided})
	if err != nil {
		return err
	}
	if err := a.Seed(ctx, c.seed); err != nil {
		return err
	}
	send, err := c.send(a, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Pages at http://%s/, password %s\nMessages of machines at http://%s/v1/, write key %s\n", listener.Addr(), c.password, listener.Addr(), c.writeKey)

	// The workers end after the last request: a decision may still want them awake, but does not need them.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() { a.Run(work) })
	workers.Go(func() { a.Warm(work) })
	workers.Go(func() { a.Deliver(work, app.Delivery{Send: metrics.Sent(send), Seed: uint64(time.Now().UnixNano())}) })
	defer workers.Wait()
	defer stop()

	server := newServer(handler(a, c, metrics, log), usual)
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(end)
}

// send is how effects leave the house.
func (c config) send(a *app.App, log *slog.Logger) (app.Send, error) {
	if c.webhook == "" {
		return func(_ context.Context, d store.Delivery) error {
			log.Info("effect", "kind", string(d.Kind), "key", d.Key)
			return nil
		}, nil
	}
	sender, err := webhook.NewSender(c.webhook, c.secret, "/crm", a.Now)
	if err != nil {
		return nil, err
	}
	return sender.Send, nil
}

// handler is all that is served: the interface for machines at its own paths, the pages at all others.
func handler(a *app.App, c config, metrics *api.Metrics, log *slog.Logger) http.Handler {
	tokens := map[string]app.User{}
	for _, user := range a.Users() {
		if c.token != "" && user.Role == app.Admin && len(tokens) == 0 {
			tokens[c.token] = user
		}
	}
	machines := api.New(a, api.Options{WriteKeys: []string{c.writeKey}, Tokens: tokens, Metrics: metrics, Log: log})
	mux := http.NewServeMux()
	for _, path := range []string{"/v1/", "/healthz", "/metrics"} {
		mux.Handle(path, machines)
	}
	mux.Handle("/", web.New(a, web.Options{Password: c.password, Zone: c.zone, Log: log, Secure: c.secure}))
	return mux
}

// limits are how long a client may take. Who sends slowly, or reads slowly, is cut off; otherwise a few hundred of them would hold all
// connections.
type limits struct{ header, read, write, idle time.Duration }

var usual = limits{header: 5 * time.Second, read: 30 * time.Second, write: time.Minute, idle: 2 * time.Minute}

func newServer(h http.Handler, l limits) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: l.header, ReadTimeout: l.read, WriteTimeout: l.write, IdleTimeout: l.idle, MaxHeaderBytes: 16 << 10}
}
