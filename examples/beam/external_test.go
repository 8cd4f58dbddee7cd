//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/container/pool"
)

// poolVariable makes the test's program a pool of workers, at that port.
const poolVariable = "LEADLOOP_BEAM_POOL_PORT"

func init() {
	port, err := strconv.Atoi(os.Getenv(poolVariable))
	if err != nil {
		return
	}
	p, err := pool.New(context.Background(), port, os.Getenv("LEADLOOP_BEAM_BOOT"))
	if err == nil {
		err = p.ServeAndWait()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// The program, prism, and the workers are processes of their own, as on a cluster: the program is sent to the workers as an artifact, and
// started there by the boot program of Beam's container for Go. The files are the same as those of the run without Beam.
func TestWorkersOfAnotherProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three programs")
	}
	bin := t.TempDir()
	build := func(name, pkg string) string {
		out := filepath.Join(bin, name)
		if text, err := exec.Command("go", "build", "-o", out, pkg).CombinedOutput(); err != nil {
			t.Fatalf("go build %s: %v\n%s", pkg, err, text)
		}
		return out
	}
	program := build(fmt.Sprintf("leadloop-beam-%d", os.Getpid()), ".")
	prism := build("prism", "github.com/apache/beam/sdks/v2/go/cmd/prism")
	boot := build("boot", "github.com/apache/beam/sdks/v2/go/container")
	tidyAfter(t, program)

	jobs, workers := freePort(t), freePort(t)
	start(t, jobs, exec.Command(prism, "-job_port="+jobs, "-serve_http=false"))
	pool := exec.Command(must(os.Executable()))
	pool.Env = append(os.Environ(), poolVariable+"="+workers, "LEADLOOP_BEAM_BOOT="+boot)
	pool.Dir = t.TempDir() // the boot program writes the options to where it is
	start(t, workers, pool)

	input, output := made(t, market{touches: *size, seed: 1, shards: 4, shuffle: 3}), t.TempDir()
	text, err := exec.Command(program, "-runner=universal", "-endpoint=localhost:"+jobs, "-environment_type=EXTERNAL", "-environment_config=localhost:"+workers,
		"-as-of="+testedAsOf, "-max-touches=25", "-top-paths=50", "-input="+input, "-output="+output).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	same(t, ran(t, nil, "", input), folder(t, output))
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// start starts a server and waits until it listens. When the test ends, so does the server with all that it has started: workers of a pool
// go on when their job is done.
func start(t *testing.T, port string, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s:\n%s", cmd.Path, shortened(string(text)))
		}
	})
	for range 600 {
		if c, err := net.Dial("tcp", "localhost:"+port); err == nil {
			c.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s does not listen", cmd.Path)
}

// tidyAfter removes the copies of the program that the boot program leaves in /tmp.
func tidyAfter(t *testing.T, program string) {
	before := map[string]bool{}
	for _, dir := range must(filepath.Glob("/tmp/bin*")) {
		before[dir] = true
	}
	size := must(os.Stat(program)).Size()
	t.Cleanup(func() {
		for _, dir := range must(filepath.Glob("/tmp/bin*")) {
			if worker, err := os.Stat(filepath.Join(dir, "worker")); err == nil && worker.Size() == size && !before[dir] {
				os.RemoveAll(dir)
			}
		}
		for _, file := range must(filepath.Glob("/tmp/staged/*" + filepath.Base(program))) {
			os.Remove(file)
		}
	})
}
