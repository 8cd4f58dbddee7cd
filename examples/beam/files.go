package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
)

// input are the files to read, of each kind in the order of their names.
type input struct {
	rows   []string // leads, touches and deals
	events []string
}

// The files of an input folder.
const (
	leadFiles  = "leads*.csv"
	touchFiles = "touches*.csv"
	dealFiles  = "deals*.csv"
	eventFiles = "events*.jsonl"
)

// listInput finds the files of a folder, which the program's own process must be able to see, too. A file that looks like input and has
// none of the names is refused: it would be missing from the report.
func listInput(ctx context.Context, folder string) (input, error) {
	fs, err := filesystem.New(ctx, folder)
	if err != nil {
		return input{}, err
	}
	defer fs.Close()
	files, err := fs.List(ctx, inFolder(literally(folder), "*"))
	if err != nil {
		return input{}, fmt.Errorf("-input: %s: %w: name a folder that can be read", folder, err)
	}
	slices.Sort(files)
	var in input
	var problems []error
	for _, file := range files {
		name := strings.ToLower(baseOf(file))
		switch kindOf(file) {
		case eventFiles:
			in.events = append(in.events, file)
		case "":
			if strings.Contains(name, ".csv") || strings.Contains(name, ".jsonl") {
				problems = append(problems, fmt.Errorf("%s: not read: name it as one of %s, or take it out of the folder", file, inputFiles))
			}
		default:
			in.rows = append(in.rows, file)
		}
	}
	if len(problems) > 0 {
		return input{}, errors.Join(problems[:min(len(problems), mostProblems)]...)
	}
	if len(in.rows)+len(in.events) == 0 {
		return input{}, fmt.Errorf("-input: %s: none of %s there: name the folder that holds them", folder, inputFiles)
	}
	return in, nil
}

const inputFiles = leadFiles + ", " + touchFiles + ", " + dealFiles + " and " + eventFiles

// literally is a pattern that matches nothing but a folder's own name.
func literally(folder string) string {
	patterns := []string{"*", "[*]", "?", "[?]", "[", "[[]"}
	if os.PathSeparator == '/' && !strings.Contains(folder, "://") {
		patterns = append(patterns, `\`, `\\`) // there it may be in a name
	}
	return strings.NewReplacer(patterns...).Replace(folder)
}

// baseOf is a file's name without its folder, local or not.
func baseOf(file string) string { return file[strings.LastIndexAny(file, `/\`)+1:] }

// inFolder is a file's name in a folder, which may be of a remote file system.
func inFolder(folder, name string) string { return strings.TrimSuffix(folder, "/") + "/" + name }

// kindOf is what a file has: the pattern that its name matches.
func kindOf(file string) string {
	for _, glob := range []string{leadFiles, touchFiles, dealFiles, eventFiles} {
		if ok, _ := path.Match(glob, baseOf(file)); ok {
			return glob
		}
	}
	return ""
}

// withFile reads a file of any file system.
func withFile(ctx context.Context, name string, read func(io.Reader) error) error {
	fs, err := filesystem.New(ctx, name)
	if err != nil {
		return err
	}
	defer fs.Close()
	in, err := fs.OpenRead(ctx, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer in.Close()
	return read(in)
}

// withoutMark skips the mark that some programs put in front of UTF-8, such as Excel.
func withoutMark(in io.Reader) io.Reader {
	const mark = "\ufeff"
	r := bufio.NewReader(in)
	if start, _ := r.Peek(len(mark)); string(start) == mark {
		r.Discard(len(mark)) // it has been read
	}
	return r
}

// writeFile writes a file as a whole, to any file system. What a worker that failed has left is written over.
func writeFile(ctx context.Context, name string, data []byte) error {
	fs, err := filesystem.New(ctx, name)
	if err != nil {
		return err
	}
	defer fs.Close()
	w, err := fs.OpenWrite(ctx, name)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return errors.Join(err, w.Close())
}
