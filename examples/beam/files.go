package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
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

// listInput finds the files of a folder, which the program's own process must be able to see, too.
func listInput(ctx context.Context, folder string) (input, error) {
	fs, err := filesystem.New(ctx, folder)
	if err != nil {
		return input{}, err
	}
	defer fs.Close()
	var in input
	for _, glob := range []string{leadFiles, touchFiles, dealFiles, eventFiles} {
		files, err := fs.List(ctx, inFolder(folder, glob))
		if err != nil {
			return input{}, fmt.Errorf("%s: %w", inFolder(folder, glob), err)
		}
		slices.Sort(files)
		if glob == eventFiles {
			in.events = append(in.events, files...)
		} else {
			in.rows = append(in.rows, files...)
		}
	}
	if len(in.rows)+len(in.events) == 0 {
		return input{}, fmt.Errorf("%s: no %s, %s, %s or %s there: name the folder that holds them", folder, leadFiles, touchFiles, dealFiles, eventFiles)
	}
	return in, nil
}

// inFolder is a file's name in a folder, which may be of a remote file system.
func inFolder(folder, name string) string { return strings.TrimSuffix(folder, "/") + "/" + name }

// kindOf is what a file has: the pattern that its name matches.
func kindOf(file string) string {
	for _, glob := range []string{leadFiles, touchFiles, dealFiles, eventFiles} {
		if ok, _ := path.Match(glob, file[strings.LastIndexAny(file, `/\`)+1:]); ok {
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
